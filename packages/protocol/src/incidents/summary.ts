import type { Span, SpanCategory, SpanKind } from './spans.ts';

export interface TimeWindow {
  /** Epoch ms. */
  readonly from: number;
  readonly to: number;
}

/** How a gateway did during a window. Durations in ms; the first four add up to the window. */
export interface Summary {
  /** Running, connected, and not unresponsive. */
  readonly availableMs: number;
  readonly unavailableMs: number;
  /** Stopped because a user wanted it. */
  readonly stoppedMs: number;
  /** DeskClaw did not run, or the journal does not reach so far back. */
  readonly unobservedMs: number;
  /** Available time of the time in which the gateway was wanted and observed, 0 to 1; missing where there is no such time. */
  readonly availability?: number;
  /** Times at which an available gateway became unavailable without being stopped. */
  readonly interruptions: number;
  readonly longestMs: number;
  /** Median length of the interruptions that ended within the window. */
  readonly typicalRecoveryMs?: number;
}

type Condition = 'available' | 'unavailable' | 'stopped' | 'unobserved';

/** @param at the kind of each category at one moment. */
function conditionOf(at: ReadonlyMap<SpanCategory, SpanKind>): Condition {
  const process = at.get('process');
  const connection = at.get('connection');
  if (process === undefined && connection === undefined) return 'unobserved';
  if (process === 'off' || connection === 'off') return 'unobserved';
  const isUnresponsive = at.get('health') === 'unresponsive';
  // An attached gateway has no process of ours, or one that is stopped.
  const isProcessUp = process === undefined || process === 'up' || process === 'stopped';
  if (connection === 'up' && isProcessUp) return isUnresponsive ? 'unavailable' : 'available';
  return (process ?? 'stopped') === 'stopped' && (connection ?? 'stopped') === 'stopped' ? 'stopped' : 'unavailable';
}

function median(values: readonly number[]): number | undefined {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];
}

/** Cuts the window where a span begins or ends; nothing changes within a piece. */
function conditionsIn(
  spans: readonly Span[],
  { from, to }: TimeWindow,
): readonly (TimeWindow & { condition: Condition })[] {
  const inside = spans.filter((span) => span.to > from && span.from < to);
  const cuts = new Set([from, to]);
  for (const span of inside) for (const at of [span.from, span.to]) if (at > from && at < to) cuts.add(at);
  const times = [...cuts].toSorted((one, other) => one - other);
  const starts = inside.toSorted((one, other) => one.from - other.from);
  const current = new Map<SpanCategory, Span>();
  let next = 0;
  return times.slice(0, -1).map((start, index) => {
    for (const span of current.values()) if (span.to <= start) current.delete(span.category);
    for (let span = starts[next]; span !== undefined && span.from <= start; span = starts[next]) {
      if (span.to > start) current.set(span.category, span);
      next += 1;
    }
    const kinds = new Map([...current].map(([category, { kind }]) => [category, kind] as const));
    return { from: start, to: times[index + 1] ?? to, condition: conditionOf(kinds) };
  });
}

/** Returns how the gateway did during a window, by the spans of its journal. */
export function summary(spans: readonly Span[], window: TimeWindow): Summary {
  const total: Record<Condition, number> = { available: 0, unavailable: 0, stopped: 0, unobserved: 0 };
  const lengths: number[] = [];
  const recoveries: number[] = [];
  let before: Condition = 'unobserved';
  /** The length so far of an interruption under way. */
  let interruption: number | undefined;
  for (const { from, to, condition } of conditionsIn(spans, window)) {
    total[condition] += to - from;
    if (condition === 'unavailable' && before === 'available') interruption = 0;
    if (interruption !== undefined) {
      if (condition === 'unavailable') {
        interruption += to - from;
      } else {
        lengths.push(interruption);
        if (condition === 'available') recoveries.push(interruption);
        interruption = undefined;
      }
    }
    before = condition;
  }
  if (interruption !== undefined) lengths.push(interruption);
  const wanted = total.available + total.unavailable;
  const typicalRecoveryMs = median(recoveries);
  return {
    availableMs: total.available,
    unavailableMs: total.unavailable,
    stoppedMs: total.stopped,
    unobservedMs: total.unobserved,
    ...(wanted > 0 ? { availability: total.available / wanted } : {}),
    interruptions: lengths.length,
    longestMs: Math.max(0, ...lengths),
    ...(typicalRecoveryMs === undefined ? {} : { typicalRecoveryMs }),
  };
}
