import type { JournalRecord } from '../journal.ts';

/** Which lane of a timeline a span belongs to. */
export type SpanCategory = 'process' | 'connection' | 'health';
export const spanCategories = ['process', 'connection', 'health'] as const satisfies readonly SpanCategory[];

/** `off`: DeskClaw did not run, so nothing is known. */
export type SpanKind =
  | 'up'
  | 'starting'
  | 'stopping'
  | 'waiting'
  | 'failed'
  | 'stopped'
  | 'busy'
  | 'unresponsive'
  | 'off';

/** A time during which one part of the gateway was in one state. Times are epoch ms. */
export interface Span {
  readonly category: SpanCategory;
  readonly kind: SpanKind;
  readonly from: number;
  readonly to: number;
  readonly cause?: string;
  readonly pid?: number;
}

const kinds: Readonly<Record<SpanCategory, Readonly<Record<string, SpanKind>>>> = {
  process: {
    preflight: 'starting',
    spawning: 'starting',
    booting: 'starting',
    running: 'up',
    terminating: 'stopping',
    backoff: 'waiting',
    failed: 'failed',
    idle: 'stopped',
  },
  connection: { ready: 'up', waiting: 'waiting', closed: 'stopped', paused: 'failed', exhausted: 'failed' },
  health: { ok: 'up', busy: 'busy', unresponsive: 'unresponsive' },
};

function kindOf(category: SpanCategory, what: string): SpanKind | undefined {
  return Object.hasOwn(kinds[category], what) ? kinds[category][what] : undefined;
}

function isSpanCategory(category: string): category is SpanCategory {
  return spanCategories.some((each) => each === category);
}

/** The lanes while records are read, oldest first: in each at most one span is open. */
class Lanes {
  readonly #done: Span[] = [];
  readonly #open = new Map<SpanCategory, Omit<Span, 'to'>>();

  enter(category: SpanCategory, kind: SpanKind, { at, cause, data }: JournalRecord): void {
    if (this.#open.get(category)?.kind === kind) return;
    this.close(category, at);
    const pid = data?.['pid'];
    this.#open.set(category, {
      category,
      kind,
      from: at,
      ...(cause === undefined ? {} : { cause }),
      ...(typeof pid === 'number' ? { pid } : {}),
    });
  }

  has(category: SpanCategory): boolean {
    return this.#open.has(category);
  }

  close(category: SpanCategory, at: number): void {
    const span = this.#open.get(category);
    this.#open.delete(category);
    // Two changes within the same ms leave no span between them.
    if (span !== undefined && at > span.from) this.#done.push({ ...span, to: at });
  }

  finish(now: number): readonly Span[] {
    for (const category of spanCategories) this.close(category, now);
    return this.#done.toSorted((one, other) => one.from - other.from);
  }
}

/**
 * Returns in which state process, connection and health were, and when: spans that do not overlap within a category, oldest
 * first. Before the first record of a category nothing is known of it.
 * @param records in any order. @param now epoch ms, the end of what still holds.
 */
export function spans(records: readonly JournalRecord[], now: number): readonly Span[] {
  const lanes = new Lanes();
  for (const record of records.filter(({ at }) => at <= now).toSorted((one, other) => one.at - other.at)) {
    const { category, what, at } = record;
    if (category === 'host' && (what === 'ended' || what === 'killed')) {
      lanes.close('health', at);
      for (const lane of ['process', 'connection'] as const) lanes.enter(lane, 'off', record);
    }
    // What the next host does not find running is stopped: `start` says otherwise.
    if (category === 'host' && what === 'started')
      for (const lane of ['process', 'connection'] as const) lanes.enter(lane, 'stopped', record);
    if (!isSpanCategory(category)) continue;
    const kind = kindOf(category, what);
    if (kind !== undefined) lanes.enter(category, kind, record);
    // A gateway that has just accepted us is well until a check says otherwise.
    if (category === 'connection') {
      if (what === 'ready' && !lanes.has('health')) lanes.enter('health', 'up', { ...record, category: 'health' });
      if (what === 'closed') lanes.close('health', at);
    }
  }
  return lanes.finish(now);
}
