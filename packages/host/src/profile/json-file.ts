import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { parseJson } from '@deskclaw/protocol';

/**
 * Replaces a JSON file in one step, readable by its owner alone: a reader sees the old or the new text. Not synced to the disk, for the
 * host renews one every 10 s: a power cut may bring the old text back. @throws what the file system says.
 */
export function writeJsonFile(path: string, value: object): void {
  const draft = `${path}.${String(process.pid)}.new`;
  try {
    writeFileSync(draft, `${JSON.stringify(value)}\n`, { mode: 0o600 });
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/** Returns the value of a JSON file; `undefined` for one that is missing, cannot be read or is no JSON. */
export function readJsonFile(path: string): unknown {
  try {
    return parseJson(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
