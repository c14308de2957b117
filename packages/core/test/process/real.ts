import { fileURLToPath } from 'node:url';
import { nodeSpawner } from '../../src/ports/node/node-spawner.ts';
import { nodeProcessTable } from '../../src/ports/node/process-table.ts';
import type { ChildHandlers, ChildProcess, SpawnRequest } from '../../src/ports/spawner.ts';

export const childScript = fileURLToPath(new URL('./fixtures/child.mjs', import.meta.url));

export interface RealChild {
  readonly handle: ChildProcess;
  readonly pid: Promise<number>;
  readonly failure: Promise<{ readonly code: string; readonly message: string }>;
  readonly exit: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  readonly drained: Promise<void>;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves once stdout matches, with the text of the first group. */
  readonly says: (pattern: RegExp) => Promise<string>;
  /** Handler calls, in order. */
  readonly calls: readonly string[];
}

const started: number[] = [];

/** Kills every child of this file's tests with its descendants, also after a failed test. */
export function endAll(): void {
  for (const pid of started.splice(0)) {
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // Gone, as it should be.
    }
  }
}

function once<T>() {
  let settle: (value: T) => void = () => undefined;
  const promise = new Promise<T>((resolve) => {
    settle = resolve;
  });
  return { promise, settle };
}

/** Spawns through the real spawner and keeps everything it says. */
export function spawnReal(request: Partial<SpawnRequest> & { readonly acts?: readonly string[] }): RealChild {
  const pid = once<number>();
  const failure = once<{ code: string; message: string }>();
  const exit = once<{ code: number | null; signal: string | null }>();
  const drained = once<void>();
  const calls: string[] = [];
  const text = { stdout: '', stderr: '' };
  const waiting = new Set<() => void>();
  const handlers: ChildHandlers = {
    spawned: (value) => {
      calls.push('spawned');
      started.push(value);
      pid.settle(value);
    },
    failed: (value) => {
      calls.push('failed');
      failure.settle(value);
    },
    output: (stream, chunk) => {
      if (text[stream].length < 1_000_000) text[stream] += new TextDecoder().decode(chunk);
      for (const look of waiting) look();
    },
    exited: (code, signal) => {
      calls.push('exited');
      exit.settle({ code, signal });
    },
    drained: () => {
      calls.push('drained');
      drained.settle();
    },
  };
  const { acts = [], ...rest } = request;
  const handle = nodeSpawner.spawn(
    {
      file: process.execPath,
      args: [childScript, ...acts],
      env: { PATH: process.env['PATH'] ?? '' },
      lifeline: false,
      ...rest,
    },
    handlers,
  );
  return {
    handle,
    pid: pid.promise,
    failure: failure.promise,
    exit: exit.promise,
    drained: drained.promise,
    stdout: () => text.stdout,
    stderr: () => text.stderr,
    calls,
    says: (pattern) =>
      new Promise((resolve) => {
        const look = () => {
          const found = pattern.exec(text.stdout);
          if (found === null) return;
          waiting.delete(look);
          resolve(found[1] ?? found[0]);
        };
        waiting.add(look);
        look();
      }),
  };
}

export function isAlive(pid: number): boolean {
  return nodeProcessTable.find(pid) !== undefined;
}
