import { readFileSync } from 'node:fs';
import { isObject, isOpenClawError, type OpenClawError } from '@deskclaw/protocol';

/** Versions of OpenClaw whose handshakes were recorded: protocol 3, 4 and 4. */
export const versions = ['2026.2.3-1', '2026.5.28', '2026.9.6'] as const;
export type Version = (typeof versions)[number];

function read(name: string): unknown {
  const value: unknown = JSON.parse(readFileSync(new URL(`../fixtures/handshakes/${name}`, import.meta.url), 'utf8'));
  return value;
}

export function recordedHello(version: Version): Readonly<Record<string, unknown>> {
  const hello = read(`hello-ok-${version}.json`);
  if (!isObject(hello)) throw new Error('no hello');
  return hello;
}

export interface RecordedRefusal {
  readonly version: Version;
  /** Name of the recording: what the client did. */
  readonly name: string;
  readonly error: OpenClawError;
  readonly close: { readonly code: number; readonly reason: string };
}

function toRefusal(version: Version, row: unknown): RecordedRefusal {
  if (isObject(row) && isOpenClawError(row['error']) && isObject(row['close'])) {
    const { code, reason } = row['close'];
    if (typeof row['case'] === 'string' && typeof code === 'number' && typeof reason === 'string') {
      return { version, name: row['case'], error: row['error'], close: { code, reason } };
    }
  }
  throw new Error(`unreadable row: ${JSON.stringify(row)}`);
}

export function recordedRefusals(): readonly RecordedRefusal[] {
  const all = read('refusals.json');
  return versions.flatMap((version) => {
    const rows = isObject(all) ? all[version] : undefined;
    if (!Array.isArray(rows)) throw new Error(`no refusals of ${version}`);
    return rows.map((row) => toRefusal(version, row));
  });
}

/** The payloads of the events of that name, over whole chats. */
export function recordedEvents(version: Version, name: string): readonly unknown[] {
  const file = new URL(`../fixtures/openclaw/chat-${version}.json`, import.meta.url);
  const chats: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const lines = isObject(chats) ? Object.values(chats).flat() : [];
  return lines
    .filter((line) => isObject(line) && line['method'] === name)
    .map((line) => isObject(line) && line['params']);
}
