import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { shell } from 'electron';

/** Shows a folder in the system's file manager, making it first where it is not there yet. */
export function openFolder(path: string, platform: NodeJS.Platform): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (platform !== 'linux') {
    void shell.openPath(path);
    return;
  }
  // Electron waits there until xdg-open has ended, which may be when the file manager is closed: everything would stand still.
  const opener = spawn('xdg-open', [path], { detached: true, stdio: 'ignore' });
  opener.once('error', () => undefined);
  opener.unref();
}
