import { errorCode } from '@deskclaw/core';
import type { Folders } from '@deskclaw/core/internal';

/** Where OpenClaw's state is, and its configuration where that lies elsewhere. */
export interface StateLocation {
  readonly stateDir: string;
  readonly configPath: string;
}

/** Tells whether a path belongs to a process and not to the state: locks (all generations), pid files, and the temporary folder of 2026.9.6. */
export function isExcluded(relative: string): boolean {
  const parts = relative.split(/[\\/]/);
  return /^gateway\..*\.lock$|\.pid$/.test(parts.at(-1) ?? '') || parts[0] === 'tmp';
}

function isInside(path: string, folder: string): boolean {
  return (
    path.startsWith(folder.endsWith('/') || folder.endsWith('\\') ? folder : `${folder}/`) ||
    path.startsWith(`${folder}\\`)
  );
}

/** Where a copy keeps its two parts. */
export function copyLocation(folder: string, of: StateLocation, join: (...parts: string[]) => string): StateLocation {
  const stateDir = join(folder, 'state');
  return isInside(of.configPath, of.stateDir)
    ? { stateDir, configPath: join(stateDir, of.configPath.slice(of.stateDir.length + 1)) }
    : { stateDir, configPath: join(folder, 'openclaw.json') };
}

/** Returns the path to which a restore moves the state of the other version. */
export function quarantinePath({ stateDir }: StateLocation, version: string, at: number): string {
  return `${stateDir}.of-${version}-${String(at)}`;
}

/** Copies state and configuration; what is not there is not there in the copy either. */
export async function copyState(from: StateLocation, to: StateLocation, folders: Folders): Promise<void> {
  await folders.copy(from.stateDir, to.stateDir, isExcluded);
  if (!isInside(from.configPath, from.stateDir)) await folders.copy(from.configPath, to.configPath, () => false);
}

/** Moves, so that a full disk cannot prevent a restore; copies only across file systems. */
async function moveOrCopy(from: string, to: string, folders: Folders): Promise<void> {
  try {
    await folders.move(from, to);
  } catch (error) {
    if (errorCode(error) !== 'EXDEV') throw error;
    await folders.copy(from, to, () => false);
  }
}

/**
 * Puts a copy in the place of the state, and takes it from where it is. What was there is moved aside, beside it, never removed.
 * Cut off anywhere and done again with the same names, it ends as if it had never been cut off; where it fails, everything is put
 * back where it was.
 * @param onDisk called when the copy is whole and before anything is moved away.
 * @returns where it went; `undefined`: there was nothing.
 */
export async function restoreState(
  copy: StateLocation,
  to: StateLocation,
  quarantine: string,
  folders: Folders,
  onDisk: () => Promise<void>,
): Promise<string | undefined> {
  try {
    await swap(copy, to, quarantine, folders, onDisk);
  } catch (error) {
    await undoSwap(copy, to, quarantine, folders).catch(() => undefined);
    throw error;
  }
  return (await folders.exists(quarantine)) ? quarantine : undefined;
}

function draftPath({ stateDir }: StateLocation): string {
  return `${stateDir}.restoring`;
}

async function swap(
  copy: StateLocation,
  to: StateLocation,
  quarantine: string,
  folders: Folders,
  onDisk: () => Promise<void>,
): Promise<void> {
  const draft = draftPath(to);
  // The one before had come further than the copy: that is whole, then.
  const whole = await folders.exists(quarantine);
  if (!whole) {
    // Gone from its place: it was moved, and is whole here.
    if (await folders.exists(copy.stateDir)) {
      await folders.remove(draft);
      await moveOrCopy(copy.stateDir, draft, folders);
    }
    await onDisk();
    if (await folders.exists(to.stateDir)) await folders.move(to.stateDir, quarantine);
  }
  if (await folders.exists(draft)) await folders.move(draft, to.stateDir);
  if (!isInside(to.configPath, to.stateDir)) await folders.copy(copy.configPath, to.configPath, () => false);
}

/** Undoes a partial swap. The configuration needs none: it is replaced last and atomically. */
async function undoSwap(copy: StateLocation, to: StateLocation, quarantine: string, folders: Folders): Promise<void> {
  const draft = draftPath(to);
  if (await folders.exists(quarantine)) {
    if (await folders.exists(to.stateDir)) await folders.move(to.stateDir, draft);
    await folders.move(quarantine, to.stateDir);
  }
  if (!(await folders.exists(draft))) return;
  if (await folders.exists(copy.stateDir)) await folders.remove(draft);
  else await folders.move(draft, copy.stateDir);
}
