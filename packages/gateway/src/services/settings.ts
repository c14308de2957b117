import { isObject, type Settings } from '@deskclaw/protocol';
import type { Document } from '../store/document.ts';

/** The gateway's settings, changed by JSON Merge Patch (RFC 7396): `null` removes a name. */
export class SettingsService {
  readonly #document: Document<Settings>;

  constructor(document: Document<Settings>) {
    this.#document = document;
  }

  get(): Settings {
    return this.#document.value;
  }

  patch(patch: Settings): Promise<Settings> {
    return this.#document.update((value) => mergePatch(value, patch));
  }
}

export function mergePatch(target: Settings, patch: Settings): Settings {
  const merged: Record<string, unknown> = { ...target };
  for (const [name, change] of Object.entries(patch)) {
    const before = merged[name];
    if (change === null) delete merged[name];
    else if (isObject(change)) merged[name] = mergePatch(isObject(before) ? before : {}, change);
    else merged[name] = change;
  }
  return merged;
}
