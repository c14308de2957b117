import { execFile } from 'node:child_process';
import { delimiter, isAbsolute, join } from 'node:path';

/** Timeout of a short program run while the user waits. */
const TIMEOUT_MS = 1_000;

export type RunProgram = (file: string, args: readonly string[]) => Promise<string>;

/** Resolves with stdout. Rejects when the program is missing, fails or exceeds 1 s. */
export const runProgram: RunProgram = (file, args) =>
  new Promise((resolve, reject) => {
    execFile(file, [...args], { timeout: TIMEOUT_MS, windowsHide: true }, (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(error);
    });
  });

/** Minimum Node of the background host, as in its package.json. */
const REQUIRED_NODE = { major: 22, minor: 19 } as const;

export function isSupportedNode(version: string): boolean {
  const match = /^v(?<major>\d+)\.(?<minor>\d+)\./u.exec(version.trim());
  const major = Number(match?.groups?.['major']);
  const minor = Number(match?.groups?.['minor']);
  return major > REQUIRED_NODE.major || (major === REQUIRED_NODE.major && minor >= REQUIRED_NODE.minor);
}

/**
 * Finds a supported Node on the PATH: the app's own program is Electron, which as shipped cannot run as Node. Resolves
 * with `undefined` without one.
 */
export async function findNode(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
  run: RunProgram,
): Promise<string | undefined> {
  const name = platform === 'win32' ? 'node.exe' : 'node';
  const folders = (env['PATH'] ?? env['Path'] ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
  for (const folder of new Set(folders)) {
    const file = join(folder, name);
    try {
      if (isSupportedNode(await run(file, ['--version']))) return file;
    } catch {
      // Not there, or not to be run.
    }
  }
  return undefined;
}
