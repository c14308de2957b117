import { isObject, parseJson } from '@deskclaw/protocol';
import type { Settings } from '../profile/config.ts';

/** What an upgrade came from, so that there is a way back. */
export interface UpgradeRecord {
  readonly from: string;
  readonly to: string;
  /** The setting that ran the version before; `undefined`: none did, it was found. */
  readonly before: Settings['openclaw'];
  /** A copy of the state as the version before left it; `undefined`: there was none. */
  readonly backup?: string;
  /** Epoch ms. */
  readonly at: number;
}

function settingOf(value: unknown): Settings['openclaw'] {
  if (!isObject(value)) return undefined;
  const { path, version } = value;
  if (typeof path === 'string') return { path };
  return typeof version === 'string' ? { version } : undefined;
}

/** `undefined`: not a record of ours, or one cut off in the middle. */
export function readUpgradeRecord(text: string): UpgradeRecord | undefined {
  const value = parseJson(text);
  if (!isObject(value)) return undefined;
  const { from, to, backup, at } = value;
  if (typeof from !== 'string' || typeof to !== 'string' || typeof at !== 'number') return undefined;
  const before = settingOf(value['before']);
  return { from, to, before, at, ...(typeof backup === 'string' ? { backup } : {}) };
}
