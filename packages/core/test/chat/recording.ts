import { readFileSync } from 'node:fs';
import { isObject } from '@deskclaw/protocol';
import { nextChatDeadline, reduceChatRuns } from '../../src/chat/chat-reducer.ts';
import { type ChatInput, type ChatRuns, type ChatUpdate, emptyChatRuns } from '../../src/chat/chat-types.ts';

/** 2026.2.3-1, 2026.5.28 and 2026.9.6 as they spoke to us, without ids of machines and times of day. */
export const versions = ['2026.2.3-1', '2026.5.28', '2026.9.6'] as const;
export type Version = (typeof versions)[number];

interface Row {
  readonly at: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly sent?: { readonly runId: string; readonly sessionKey: string };
}

function isRow(value: unknown): value is Row {
  return isObject(value) && typeof value['at'] === 'number';
}

export function recordedRows(version: Version, scenario: string): readonly Row[] {
  const file = new URL(`../fixtures/openclaw/chat-${version}.json`, import.meta.url);
  const recording: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const rows = isObject(recording) ? recording[scenario] : undefined;
  if (!Array.isArray(rows) || rows.length === 0 || !rows.every(isRow)) throw new Error(`no recording of ${scenario}`);
  return rows;
}

export function inputOf({ at, method, params, sent }: Row): ChatInput {
  return sent === undefined
    ? { kind: 'notification', method: method ?? '', params, at }
    : { kind: 'sent', ...sent, at };
}

export interface Heard {
  readonly runs: ChatRuns;
  readonly updates: readonly ChatUpdate[];
}

/** Plays inputs, telling of time in between as an owner would, and afterwards until nothing is due. */
export function play(inputs: readonly ChatInput[], from: ChatRuns = emptyChatRuns): Heard {
  let runs = from;
  const updates: ChatUpdate[] = [];
  const feed = (input: ChatInput): void => {
    const fold = reduceChatRuns(runs, input);
    runs = fold.runs;
    updates.push(...fold.updates);
  };
  const timeUntil = (limit: number): void => {
    for (let due = nextChatDeadline(runs); due !== undefined && due <= limit; due = nextChatDeadline(runs)) {
      feed({ kind: 'time', at: due });
    }
  };
  for (const input of inputs) {
    timeUntil(input.at);
    feed(input);
  }
  timeUntil(Number.POSITIVE_INFINITY);
  return { runs, updates };
}

export function playRecording(version: Version, scenario: string): Heard {
  return play(recordedRows(version, scenario).map(inputOf));
}

/** Text that a screen shows after it applied all updates of the run. */
export function shown(updates: readonly ChatUpdate[], runId: string): string {
  return updates
    .filter((update) => update.runId === runId)
    .reduce((text, update) => (update.replaced ? update.text : text + (update.added ?? '')), '');
}
