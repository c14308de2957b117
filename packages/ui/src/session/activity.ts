import { isObject, type JournalRecord } from '@deskclaw/protocol';
import { excerpt } from './excerpt.ts';

/** A gateway notification, truncated to what a row can show: a payload of 10 MB is not stored. */
export interface GatewayNotification {
  readonly method: string;
  /** The texts at the top level of its params. */
  readonly facts: Readonly<Record<string, string>>;
  /** The params as short text; empty where there were none. */
  readonly excerpt: string;
  /** When it was received, epoch ms. */
  readonly at: number;
}

/** An activity event: a journal record or a gateway notification. */
export type ActivityEvent =
  | { readonly kind: 'timeline'; readonly record: JournalRecord }
  | { readonly kind: 'notification'; readonly notification: GatewayNotification };

/** A row of the Activity card; consecutive equal events share one row with a count. */
export interface ActivityEntry {
  readonly id: number;
  readonly event: ActivityEvent;
  readonly count: number;
  /** The newest of them, epoch ms. */
  readonly at: number;
}

const FACT = 200;
const EXCERPT = 160;

export function summarizeNotification(method: string, params: unknown, at: number): GatewayNotification {
  const facts: Record<string, string> = {};
  if (isObject(params)) {
    for (const [name, value] of Object.entries(params).slice(0, 16)) {
      if (typeof value === 'string') facts[name] = value.slice(0, FACT);
    }
  }
  return { method: method.slice(0, FACT), facts, excerpt: params === undefined ? '' : excerpt(params, EXCERPT), at };
}

/** Chat streams are shown in the chat, and heartbeats carry no news. */
const shownElsewhere: ReadonlySet<string> = new Set([
  'agent',
  'chat',
  'chat.message_received',
  'chat.message_sent',
  'health',
  'heartbeat',
  'presence',
  'tick',
]);

export function isNotableNotification(method: string): boolean {
  return !shownElsewhere.has(method);
}

/** Intermediate steps, which the state card shows while they last. */
const steps: ReadonlySet<string> = new Set(['idle', 'preflight', 'spawning', 'booting', 'sigterm']);

export function isNotableRecord({ category, what, cause }: JournalRecord): boolean {
  // The gateway's own notification of the same change is shown.
  if (category === 'channel') return false;
  if (category !== 'process') return true;
  // The exit record before it already shows the reason: nobody requested this stop.
  return !steps.has(what) && !(what === 'terminating' && cause === 'exited');
}

export function eventTime(event: ActivityEvent): number {
  return event.kind === 'timeline' ? event.record.at : event.notification.at;
}

/** Returns the key that two events share when they count as repetitions. */
function repetitionKey(event: ActivityEvent): string {
  if (event.kind === 'notification') return `notification\n${event.notification.method}\n${event.notification.excerpt}`;
  const { category, what, cause } = event.record;
  return `${category}\n${what}\n${cause ?? ''}`;
}

/** The newest first, at most `limit`; `nextId` numbers what is new. */
export function appendActivity(
  entries: readonly ActivityEntry[],
  added: readonly ActivityEvent[],
  nextId: number,
  limit: number,
): { readonly entries: readonly ActivityEntry[]; readonly nextId: number } {
  let id = nextId;
  const newestLast = entries.toReversed();
  for (const event of added) {
    const last = newestLast.at(-1);
    const at = eventTime(event);
    if (last !== undefined && repetitionKey(last.event) === repetitionKey(event)) {
      newestLast[newestLast.length - 1] = { ...last, event, count: last.count + 1, at };
    } else {
      newestLast.push({ id, event, count: 1, at });
      id += 1;
    }
  }
  return { entries: newestLast.slice(-limit).toReversed(), nextId: id };
}
