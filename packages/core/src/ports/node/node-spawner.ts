import { type ChildProcess as NodeChild, type SpawnOptions, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { errorCode } from '../files.ts';
import type { ChildHandlers, ChildProcess, PipeEnds, Spawner, SpawnFailure, SpawnRequest } from '../spawner.ts';
import { inheritPipes, NodePipeEnds } from './pipe-ends.ts';

function failureOf(error: unknown): SpawnFailure {
  return { code: errorCode(error) ?? 'UNKNOWN', message: error instanceof Error ? error.message : String(error) };
}

function optionsFor(request: SpawnRequest): SpawnOptions {
  return {
    ...(request.cwd === undefined ? {} : { cwd: request.cwd }),
    env: { ...request.env },
    stdio: [request.lifeline ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    // Its own session and group: a signal to it reaches all it started, and a terminal's Ctrl-C does not reach it.
    detached: process.platform !== 'win32',
    windowsHide: true,
    windowsVerbatimArguments: request.verbatim === true,
    shell: false,
  };
}

/**
 * A flood is read by so much at a time, with a pause after each: some 60 MB a second, of which a thousand lines are looked at.
 * Without the pauses a gigabyte a second is read and thrown away, by a core of ours beside the child's, and requests wait
 * for both (p99 of 2 to 6 ms instead of 0.3 on two cores). The child waits for us instead.
 */
const TURN_BYTES = 64 * 1024;
const PAUSE_MS = 1;

/**
 * Reads a pipe to its end, with time for others in between; calls back once, also when it breaks instead of ending. Without a
 * free descriptor a spawn fails and leaves no pipes at all: `undefined`, against its type.
 */
function drain(pipe: Readable | null | undefined, onChunk: (chunk: Uint8Array) => void, onEnd: () => void): void {
  if (pipe === null || pipe === undefined) {
    onEnd();
    return;
  }
  let taken = 0;
  pipe.on('data', (chunk: Uint8Array) => {
    onChunk(chunk);
    taken += chunk.length;
    if (taken < TURN_BYTES || pipe.isPaused()) return;
    pipe.pause();
    setTimeout(() => {
      taken = 0;
      pipe.resume();
    }, PAUSE_MS);
  });
  pipe.on('error', () => undefined);
  pipe.once('close', onEnd);
}

function listen(child: NodeChild, handlers: ChildHandlers): void {
  let open = 2;
  const ended = () => {
    open -= 1;
    if (open === 0) handlers.drained();
  };
  let failed = false;
  child.once('spawn', () => {
    if (child.pid !== undefined) handlers.spawned(child.pid);
  });
  child.on('error', (error) => {
    // After a successful start, an error is a signal that could not be sent: the process table tells that better.
    if (failed || child.pid !== undefined) return;
    failed = true;
    handlers.failed(failureOf(error));
  });
  child.once('exit', (code, signal) => {
    if (child.pid !== undefined) handlers.exited(code, signal);
  });
  drain(child.stdout, (chunk) => handlers.output('stdout', chunk), ended);
  drain(child.stderr, (chunk) => handlers.output('stderr', chunk), ended);
  // The child may close its end at any time; that is its right.
  child.stdin?.on('error', () => undefined);
}

/** On Windows a pipe is bound to the event loop that reads it: another process could not. */
function endsOf(child: Partial<NodeChild>): { readonly pipeEnds?: PipeEnds } {
  const { stdin = null, stdout = null, stderr = null } = child;
  if (process.platform === 'win32' || stdout === null || stderr === null) return {};
  return { pipeEnds: new NodePipeEnds(stdin, stdout, stderr) };
}

/** Spawns a child with exactly what the request names: no shell, no inherited environment, no inherited files. */
export const nodeSpawner: Spawner = {
  spawn(request, handlers): ChildProcess {
    let child: NodeChild;
    try {
      child = spawn(request.file, [...request.args], optionsFor(request));
    } catch (error) {
      // Node throws some failures (E2BIG, EINVAL, a NUL in an argument) and emits the others: here they are one.
      queueMicrotask(() => handlers.failed(failureOf(error)));
      return { pid: undefined, releaseLifeline: () => undefined, abandonOutput: () => undefined };
    }
    listen(child, handlers);
    return {
      get pid() {
        return child.pid;
      },
      ...endsOf(child),
      releaseLifeline: () => child.stdin?.destroy(),
      abandonOutput: () => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      },
    };
  },
};

/** The same in a process whose predecessor left it the pipes of its child. */
export function inheritingSpawner(): Spawner {
  let left = true;
  return {
    ...nodeSpawner,
    inherit(listeners) {
      if (!left) return undefined;
      left = false;
      return inheritPipes(listeners);
    },
  };
}
