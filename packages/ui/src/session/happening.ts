import { isObject, type TimelineRecord } from '@deskclaw/protocol';
import { excerpt } from './excerpt.ts';

/** A word of the gateway, cut to what a list can show: a payload of 10 MB is not kept. */
export interface Notice {
  readonly method: string;
  /** The texts at the top level of its params. */
  readonly facts: Readonly<Record<string, string>>;
  /** The params as short text; empty where there were none. */
  readonly excerpt: string;
  /** When it was received, epoch ms. */
  readonly at: number;
}

/** Something that happened: a line of the journal, or a word of the gateway. */
export type Happening =
  | { readonly kind: 'timeline'; readonly record: TimelineRecord }
  | { readonly kind: 'notice'; readonly notice: Notice };

/** Equal ones in a row are kept as one with a count. */
export interface Entry {
  readonly id: number;
  readonly happening: Happening;
  readonly times: number;
  /** The newest of them, epoch ms. */
  readonly at: number;
}

const FACT = 200;
const EXCERPT = 160;

export function noticeOf(method: string, params: unknown, at: number): Notice {
  const facts: Record<string, string> = {};
  if (isObject(params)) {
    for (const [name, value] of Object.entries(params).slice(0, 16)) {
      if (typeof value === 'string') facts[name] = value.slice(0, FACT);
    }
  }
  return { method: method.slice(0, FACT), facts, excerpt: params === undefined ? '' : excerpt(params, EXCERPT), at };
}

/** Streams have a place of their own on the screen, and beats say nothing new. */
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

export function isWorthShowing(method: string): boolean {
  return !shownElsewhere.has(method);
}

/** Steps on the way to something that is told itself. The state card shows them while they last. */
const steps: ReadonlySet<string> = new Set(['idle', 'preflight', 'spawning', 'booting']);

export function isNews({ lane, what, cause }: TimelineRecord): boolean {
  if (lane !== 'process') return true;
  // It ended by itself, which is told with its reason; nobody asked it to.
  return !steps.has(what) && !(what === 'terminating' && cause === 'exited');
}

export function happenedAt(happening: Happening): number {
  return happening.kind === 'timeline' ? happening.record.at : happening.notice.at;
}

/** What two of them must share to be told as one. */
function sameness(happening: Happening): string {
  if (happening.kind === 'notice') return `notice\n${happening.notice.method}\n${happening.notice.excerpt}`;
  const { lane, what, cause } = happening.record;
  return `${lane}\n${what}\n${cause ?? ''}`;
}

/** The newest first, at most `limit`; `nextId` numbers what is new. */
export function addHappenings(
  entries: readonly Entry[],
  added: readonly Happening[],
  nextId: number,
  limit: number,
): { readonly entries: readonly Entry[]; readonly nextId: number } {
  let id = nextId;
  const newestLast = entries.toReversed();
  for (const happening of added) {
    const last = newestLast.at(-1);
    const at = happenedAt(happening);
    if (last !== undefined && sameness(last.happening) === sameness(happening)) {
      newestLast[newestLast.length - 1] = { ...last, happening, times: last.times + 1, at };
    } else {
      newestLast.push({ id, happening, times: 1, at });
      id += 1;
    }
  }
  return { entries: newestLast.slice(-limit).toReversed(), nextId: id };
}
