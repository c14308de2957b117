import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

let guard: ChildProcess | undefined;

/** The variable that marks every process of a workplace in its environment. */
export function markerOf(stateDir: string): string {
  return `OPENCLAW_STATE_DIR=${stateDir}`;
}

function tell(line: string): void {
  if (guard === undefined) {
    guard = spawn(process.execPath, [fileURLToPath(new URL('./guard-process.ts', import.meta.url))], {
      // In its own group, so that a signal to the test run does not reach it.
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    guard.unref();
    guard.stdin?.on('error', () => undefined);
  }
  guard.stdin?.write(`${line}\n`);
}

/** Ends every process of this workplace when this process ends, however it ends. */
export function watchOver(root: string): void {
  tell(`+${root}`);
}

export function letGo(root: string): void {
  tell(`-${root}`);
}
