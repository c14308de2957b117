import { chmodSync, lstatSync, mkdirSync } from 'node:fs';

/**
 * Makes a folder that only its owner can enter, and refuses a folder of another user:
 * access to the socket's folder is control of the gateway.
 * @throws Error saying whose folder it is.
 */
export function ensurePrivateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (process.platform === 'win32') return;
  const found = lstatSync(path);
  if (!found.isDirectory()) throw new Error(`${path} is not a folder`);
  if (found.uid !== process.getuid?.()) throw new Error(`${path} belongs to another user`);
  if ((found.mode & 0o077) !== 0) chmodSync(path, 0o700);
}
