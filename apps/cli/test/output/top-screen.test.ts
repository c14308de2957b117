import type { MetricsSnapshot } from '@deskclaw/protocol';
import { describe, expect, it } from 'vitest';
import { sparkline } from '../../src/output/sparkline.ts';
import { createStyle } from '../../src/output/style.ts';
import { type TopSample, topLine, topScreen, toSample } from '../../src/output/top-screen.ts';

const ascii = createStyle({ colour: false, unicode: false });
const unicode = createStyle({ colour: false, unicode: true });

function snapshotAt(second: number, changes: Partial<MetricsSnapshot> = {}): MetricsSnapshot {
  return {
    at: second * 1_000,
    state: 'running',
    health: 'ok',
    uptimeMs: second * 1_000,
    latencyMs: 0.4,
    restarts: 0,
    incidents: 0,
    process: { cpuMs: second * 100, rssBytes: 80 * 1024 ** 2 },
    pending: second % 9,
    requests: { succeeded: second, failed: 0, timedOut: 0, cancelled: 0, lost: 0, overloaded: 0 },
    droppedReplies: { late: 0, duplicate: 0, unknown: 0, malformed: 0 },
    invalidFrames: 0,
    eventGaps: 0,
    connections: 1,
    roundTrips: { buckets: [], count: second, sumMs: second },
    host: { version: '0.2.0', uptimeMs: second * 1_000, clients: 1 },
    ...changes,
  };
}

const samples: readonly TopSample[] = Array.from({ length: 200 }, (_, second) =>
  toSample(snapshotAt(second), second === 0 ? undefined : snapshotAt(second - 1)),
);

describe('topScreen', () => {
  it.each([40, 60, 80, 120, 200])('fits into %i columns and fills them with the course', (columns) => {
    const lines = topScreen(samples, { columns, style: unicode, profile: 'default' });
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(columns);
    expect(lines.some((line) => line.startsWith('Pending') && line.length === columns)).toBe(true);
  });

  it('is plain ASCII where the terminal shows no more', () => {
    const text = topScreen(samples, { columns: 80, style: ascii, profile: 'default' }).join('\n');
    expect(text).toMatch(/^[\n\x20-\x7e]*$/);
    expect(text).toMatch(/^State +running +#{56}$/m);
    expect(text).toMatch(/^CPU +10 % /m);
    expect(text).toMatch(/^Incidents +0$/m);
  });

  it('a gateway that was started again has no share of CPU for that sample', () => {
    const before = snapshotAt(10);
    expect(toSample(snapshotAt(11, { process: { cpuMs: 50 } }), before).cpuPercent).toBeUndefined();
    expect(toSample(snapshotAt(11), before).cpuPercent).toBe(10);
    expect(topLine(toSample(snapshotAt(11, { process: {} }), before))).toContain('cpu -  memory -');
  });
});

describe('sparkline', () => {
  it('scales to the largest value, at least to the one given, and leaves gaps', () => {
    const options = { width: 5, least: 8, style: { unicode: false } };
    expect(sparkline([0, undefined, 4, 8], options)).toBe(' _ +@');
    expect(sparkline([0, 1, 16, 8, 0, 16], options)).toBe('_@+_@');
    expect(sparkline([1], { ...options, width: 0 })).toBe('');
  });
});
