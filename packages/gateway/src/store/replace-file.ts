import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

export const LAST_GOOD = '.last-good';

/**
 * Replaces a file so that a crash at any moment leaves a whole one: the new text is on disk under another name before
 * the old file steps aside to `.last-good`, and only then takes the name.
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const next = `${path}.next`;
  const file = await open(next, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(path, `${path}${LAST_GOOD}`).catch((fault: unknown) => {
    if (errorCode(fault) !== 'ENOENT') throw fault;
  });
  await rename(next, path);
  await syncDirectory(dirname(path));
}

/** Makes renames and removals in a directory survive a power cut; Windows neither needs nor allows it. */
export async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

export function errorCode(fault: unknown): string | undefined {
  return fault instanceof Error && 'code' in fault && typeof fault.code === 'string' ? fault.code : undefined;
}
