import { type ChildProcess, spawn } from 'node:child_process';
import { isShortage } from '@deskclaw/protocol';
import type { Clock } from '../clock.ts';
import { errorCode } from '../files.ts';
import type { PipeEnds } from '../spawner.ts';
import { NodePipeEnds } from './pipe-ends.ts';

/** `spoke`: the program wrote to stdout. `ended`: it exited, or could not be started. `silent`: neither, so it was terminated. */
export interface DetachedStart {
  readonly kind: 'spoke' | 'ended' | 'silent';
  readonly pid: number | undefined;
  /** The last characters of stderr. */
  readonly stderr: string;
}

const MAX_STDERR_CHARS = 8_192;
/** From SIGTERM to SIGKILL. */
const GRACE_MS = 2_000;

function terminate(child: ChildProcess, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.schedule(GRACE_MS, () => child.kill('SIGKILL'), { keepAlive: true });
    child.once('exit', () => {
      cancel();
      resolve();
    });
    child.kill('SIGTERM');
  });
}

export interface DetachedRequest {
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute. Default: where this process stands. */
  readonly cwd?: string;
  readonly timeoutMs: number;
  /** Inherited from descriptor 3 on. */
  readonly pipes?: PipeEnds;
}

/** Starts a program that outlives us, and waits for its first output. A program that stays silent for `timeoutMs` is terminated. */
export async function startDetached(
  { command, env, cwd, timeoutMs, pipes }: DetachedRequest,
  clock: Clock,
): Promise<DetachedStart> {
  const [program, ...args] = command;
  let child: ChildProcess;
  try {
    child = spawn(program, args, {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', ...(pipes instanceof NodePipeEnds ? pipes.stdio : [])],
      windowsHide: true,
      env: { ...env },
      ...(cwd === undefined ? {} : { cwd }),
    });
  } catch (error) {
    // Node reports five error codes by an event, and throws all others.
    const code = errorCode(error);
    if (code === undefined || isShortage(code)) throw error;
    return { kind: 'ended', pid: undefined, stderr: `${program} could not be started: ${code}` };
  }
  // From here on the new program reads the pipes.
  pipes?.release();
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString('utf8')).slice(-MAX_STDERR_CHARS);
  });
  const kind = await new Promise<DetachedStart['kind']>((resolve) => {
    const cancel = clock.schedule(timeoutMs, () => resolve('silent'), { keepAlive: true });
    const settle = (outcome: DetachedStart['kind']) => {
      cancel();
      resolve(outcome);
    };
    child.stdout?.once('data', () => settle('spoke'));
    child.once('close', () => settle('ended'));
    child.once('error', (error) => {
      stderr = error.message;
      settle('ended');
    });
  });
  if (kind === 'silent') await terminate(child, clock);
  // Detach: no pipe or handle may keep either process alive from here on.
  child.stdout?.destroy();
  child.stderr?.destroy();
  child.unref();
  return { kind, pid: child.pid, stderr: stderr.trim() };
}
