import type { Clock } from '@deskclaw/core';
import type { ChildProcess, ProcessTable, Spawner, SpawnRequest } from '@deskclaw/core/internal';

export interface ProgramPorts {
  readonly spawner: Spawner;
  readonly processes: ProcessTable;
  readonly clock: Clock;
}

export interface ProgramLimits {
  readonly timeoutMs: number;
  /** Characters kept of each stream; older output is dropped. */
  readonly keepChars: number;
  /** Called with output as it arrives. */
  readonly onOutput?: (stream: 'stdout' | 'stderr', text: string) => void;
  readonly signal?: AbortSignal;
}

export type ProgramRun =
  | { readonly kind: 'ended'; readonly code: number | null; readonly stdout: string; readonly stderr: string }
  /** Killed, with everything it had started. */
  | { readonly kind: 'timed-out' }
  | { readonly kind: 'aborted' }
  | { readonly kind: 'failed'; readonly message: string };

/** Runs a program to its end and no longer than allowed. Never rejects. */
export function runProgram(
  request: Omit<SpawnRequest, 'lifeline'>,
  limits: ProgramLimits,
  ports: ProgramPorts,
): Promise<ProgramRun> {
  return new Promise((resolve) => {
    const output = { stdout: '', stderr: '' };
    // The pipes may end before the process is seen to have ended, or after.
    let exit: { readonly code: number | null } | undefined;
    let drained = false;
    let child: ChildProcess | undefined;
    const finish = (run: ProgramRun): void => {
      cancel();
      limits.signal?.removeEventListener('abort', abort);
      resolve(run);
    };
    const end = (kind: 'timed-out' | 'aborted'): void => {
      const leader = child?.pid === undefined ? undefined : ports.processes.find(child.pid);
      if (leader !== undefined) ports.processes.killGroup(leader);
      child?.abandonOutput();
      finish({ kind });
    };
    const abort = (): void => end('aborted');
    const finishIfDone = (): void => {
      if (exit !== undefined && drained) finish({ kind: 'ended', code: exit.code, ...output });
    };
    const cancel = ports.clock.schedule(limits.timeoutMs, () => end('timed-out'));
    limits.signal?.addEventListener('abort', abort, { once: true });
    child = ports.spawner.spawn(
      { ...request, lifeline: false },
      {
        spawned: () => undefined,
        failed: ({ code, message }) => finish({ kind: 'failed', message: `${code}: ${message}` }),
        output: (stream, chunk) => {
          const text = new TextDecoder().decode(chunk);
          output[stream] = (output[stream] + text).slice(-limits.keepChars);
          limits.onOutput?.(stream, text);
        },
        exited: (code) => {
          exit = { code };
          finishIfDone();
        },
        drained: () => {
          drained = true;
          finishIfDone();
        },
      },
    );
    if (limits.signal?.aborted === true) abort();
  });
}
