import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { parseJson } from '@deskclaw/protocol';

/** Replaces a JSON file atomically, readable by its owner alone: a reader sees the old or the new text. @throws what the file system says. */
export function writeRecord(path: string, value: object): void {
  const draft = `${path}.${String(process.pid)}.new`;
  writeFileSync(draft, `${JSON.stringify(value)}\n`, { mode: 0o600 });
  renameSync(draft, path);
}

/** Returns the value of a JSON file; `undefined` for one that is missing, cannot be read or is no JSON. */
export function readRecord(path: string): unknown {
  try {
    return parseJson(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
