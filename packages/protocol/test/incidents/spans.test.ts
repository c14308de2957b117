import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JournalRecord, journalCategories, type Span, spanCategories, spans, summary } from '../../src/index.ts';

type Short = readonly [at: number, category: JournalRecord['category'], what: string];

function spansOf(now: number, ...short: readonly Short[]): readonly Span[] {
  return spans(
    short.map(([at, category, what]) => ({ at, category, what })),
    now,
  );
}

/** `process up 51-5000`. */
function lines(found: readonly Span[]): readonly string[] {
  return found.map(({ category, kind, from, to }) => `${category} ${kind} ${String(from)}-${String(to)}`);
}

const day: readonly Short[] = [
  [0, 'process', 'preflight'],
  [2, 'process', 'booting'],
  [50, 'connection', 'ready'],
  [50, 'process', 'running'],
  [5_000, 'process', 'terminating'],
  [5_000, 'connection', 'closed'],
  [5_010, 'process', 'backoff'],
  [5_500, 'process', 'booting'],
  [6_000, 'connection', 'ready'],
  [6_000, 'process', 'running'],
  [7_000, 'health', 'unresponsive'],
  [7_400, 'health', 'ok'],
  [8_000, 'process', 'terminating'],
  [8_000, 'connection', 'closed'],
  [8_100, 'process', 'idle'],
  [9_000, 'host', 'ended'],
];

describe('spans', () => {
  it('shows each part of the gateway over time', () => {
    expect(lines(spansOf(10_000, ...day)).filter((line) => line.startsWith('process'))).toEqual([
      'process starting 0-50',
      'process up 50-5000',
      'process stopping 5000-5010',
      'process waiting 5010-5500',
      'process starting 5500-6000',
      'process up 6000-8000',
      'process stopping 8000-8100',
      'process stopped 8100-9000',
      'process off 9000-10000',
    ]);
    expect(lines(spansOf(10_000, ...day)).filter((line) => line.startsWith('health'))).toEqual([
      'health up 50-5000',
      'health up 6000-7000',
      'health unresponsive 7000-7400',
      'health up 7400-8000',
    ]);
  });

  it('leaves out what is not known yet', () => {
    expect(spansOf(10_000)).toEqual([]);
    expect(lines(spansOf(10_000, [20_000, 'process', 'running']))).toEqual([]);
  });
});

describe('summary', () => {
  it('tells how much of the wanted and observed time the gateway was available', () => {
    const found = summary(spansOf(10_000, ...day), { from: 0, to: 10_000 });
    expect(found).toEqual({
      availableMs: 4_950 + 1_600,
      unavailableMs: 50 + 1_000 + 400 + 100,
      stoppedMs: 900,
      unobservedMs: 1_000,
      availability: 6_550 / 8_100,
      interruptions: 3,
      longestMs: 1_000,
      typicalRecoveryMs: 1_000,
    });
  });

  it('counts an attached gateway, which has no process of ours, by its connection', () => {
    const found = summary(spansOf(100, [0, 'connection', 'ready'], [60, 'connection', 'waiting']), {
      from: 0,
      to: 100,
    });
    expect(found).toMatchObject({ availableMs: 60, unavailableMs: 40, interruptions: 1 });
  });

  it('has no availability where nothing was observed', () => {
    expect(summary([], { from: 0, to: 10 })).toEqual({
      availableMs: 0,
      unavailableMs: 0,
      stoppedMs: 0,
      unobservedMs: 10,
      interruptions: 0,
      longestMs: 0,
    });
  });
});

describe('spans and summary of any records', () => {
  const whats = [
    'running',
    'booting',
    'terminating',
    'idle',
    'failed',
    'ready',
    'waiting',
    'closed',
    'ok',
    'unresponsive',
    'started',
    'ended',
    'killed',
  ];
  const record = fc.record({
    at: fc.integer({ min: 0, max: 1_000 }),
    category: fc.constantFrom(...journalCategories),
    what: fc.constantFrom(...whats),
  });

  it('spans of a category do not overlap, and the parts of a summary add up to its window', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 50 }), fc.nat(1_000), fc.nat(1_000), (list, one, other) => {
        const found = spans(list, 1_000);
        for (const category of spanCategories) {
          const lane = found.filter((span) => span.category === category);
          for (const [index, span] of lane.entries()) {
            expect(span.to).toBeGreaterThan(span.from);
            expect(span.from).toBeGreaterThanOrEqual(lane[index - 1]?.to ?? 0);
          }
        }
        const window = { from: Math.min(one, other), to: Math.max(one, other) };
        const {
          availableMs,
          unavailableMs,
          stoppedMs,
          unobservedMs,
          longestMs,
          availability = 0,
        } = summary(found, window);
        expect(availableMs + unavailableMs + stoppedMs + unobservedMs).toBe(window.to - window.from);
        expect(longestMs).toBeLessThanOrEqual(unavailableMs);
        expect(availability).toBeGreaterThanOrEqual(0);
        expect(availability).toBeLessThanOrEqual(1);
      }),
      { numRuns: 500 },
    );
  });
});
