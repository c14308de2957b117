import { type ChildProcess as Guard, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import type { Spawner } from '../spawner.ts';

/**
 * Run by a shell in a session of its own, with the process group as `$0`. `read` returns when the last holder of our end of
 * the pipe is gone, however it ended: SIGKILL, a crash, a terminated worker thread. SIGKILL follows SIGTERM after 2 s.
 */
const GUARD_SCRIPT = [
  'read -r _',
  'kill -s TERM -- "-$0" 2>/dev/null || exit 0',
  'for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do sleep 0.1; kill -s 0 -- "-$0" 2>/dev/null || exit 0; done',
  'kill -s KILL -- "-$0" 2>/dev/null',
].join('\n');

/**
 * Starts a guard over the process group of a child. Without one (no shell, no descriptor, no process slot) the child may outlive
 * us: `failed` is called with the reason.
 */
function guardGroup(leader: number, shell: string, failed: (reason: string) => void): Guard | undefined {
  let guard: Guard;
  try {
    guard = spawn(shell, ['-c', GUARD_SCRIPT, String(leader)], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: { PATH: '/usr/bin:/bin' },
      cwd: '/',
    });
  } catch (error) {
    failed(error instanceof Error ? error.message : String(error));
    return undefined;
  }
  guard.on('error', (error) => failed(error.message));
  guard.stdin?.on('error', () => undefined);
  // Neither may keep our process alive: its end is what the guard waits for.
  guard.unref();
  // Without a free descriptor there is no pipe at all.
  if (guard.stdin instanceof Socket) guard.stdin.unref();
  return guard;
}

/**
 * The same spawner, whose children end with this process, even where it is killed and cannot do anything about it. A guard (a
 * shell of about 1 MB) lives as long as its child. Windows has no process groups: there only a lifeline does this.
 * @param options.unguarded called with a sentence for each child that has no guard
 */
export function guardedSpawner(
  spawner: Spawner,
  options: { readonly unguarded: (text: string) => void; readonly shell?: string },
): Spawner {
  if (process.platform === 'win32') return spawner;
  return {
    ...spawner,
    spawn(request, handlers) {
      let guard: Guard | undefined;
      return spawner.spawn(request, {
        ...handlers,
        spawned: (pid) => {
          guard = guardGroup(pid, options.shell ?? '/bin/sh', (reason) =>
            options.unguarded(
              `The gateway (pid ${String(pid)}) outlives this program if that is killed: its guard could not be started (${reason}).`,
            ),
          );
          handlers.spawned(pid);
        },
        exited: (code, signal) => {
          // Killed before its pipe closes: the number of the group may soon belong to others.
          guard?.kill('SIGKILL');
          guard?.stdin?.destroy();
          handlers.exited(code, signal);
        },
      });
    },
  };
}
