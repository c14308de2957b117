import { readFileSync } from 'node:fs';
import { isObject } from '@deskclaw/protocol';

export const versions = ['2026.2.3-1', '2026.5.28', '2026.9.6'] as const;
export type Version = (typeof versions)[number];

const texts = new Map(
  versions.map((version) => [
    version,
    readFileSync(new URL(`../fixtures/channels/${version}.json`, import.meta.url), 'utf8'),
  ]),
);

/** A part of what a real gateway of that version said, by its keys. Telegram was a bot server of our own; WhatsApp was never linked. */
export function recorded(version: Version, ...keys: readonly string[]): unknown {
  let part: unknown = JSON.parse(texts.get(version) ?? 'null');
  for (const key of keys) part = isObject(part) ? part[key] : undefined;
  if (part === undefined) throw new Error(`nothing recorded of ${version} at ${keys.join('.')}`);
  return part;
}
