import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { readSettings, type Settings, writeSettings } from './settings.ts';

export interface SettingsStore {
  readonly current: Settings;
  change(change: Partial<Settings>): void;
  onChange(listener: (settings: Settings) => void): void;
}

function load(path: string): Settings {
  try {
    return readSettings(readFileSync(path, 'utf8'));
  } catch {
    // The file is missing or unreadable.
    return readSettings(undefined);
  }
}

/** Writes atomically: a crash in the middle keeps the old file. */
function save(path: string, settings: Settings): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.new`;
  writeFileSync(draft, writeSettings(settings), { mode: 0o600 });
  renameSync(draft, path);
}

/** @param warn called when a change could not be stored; the change stays in effect until the app ends */
export function openSettings(path: string, warn: (text: string) => void): SettingsStore {
  let current = load(path);
  const listeners = new Set<(settings: Settings) => void>();
  return {
    get current() {
      return current;
    },
    change: (change) => {
      current = { ...current, ...change };
      try {
        save(path, current);
      } catch (error) {
        warn(`Cannot write ${path}: ${error instanceof Error ? error.message : String(error)}`);
      }
      for (const listener of listeners) listener(current);
    },
    onChange: (listener) => {
      listeners.add(listener);
    },
  };
}
