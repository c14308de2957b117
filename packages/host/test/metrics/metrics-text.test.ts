import type { MetricsSnapshot } from '@deskclaw/protocol';
import { describe, expect, it } from 'vitest';
import { IncidentCounter } from '../../src/metrics/incident-counter.ts';
import { metricsText } from '../../src/metrics/metrics-text.ts';

const snapshot: MetricsSnapshot = {
  at: 1_796_000_000_000,
  state: 'running',
  health: 'ok',
  uptimeMs: 61_500,
  latencyMs: 0.7,
  restarts: 2,
  incidents: 3,
  process: { cpuMs: 12_340, rssBytes: 73_400_320 },
  pending: 4,
  requests: { succeeded: 10, failed: 1, timedOut: 2, cancelled: 0, lost: 5, overloaded: 0 },
  droppedReplies: { late: 1, duplicate: 0, unknown: 0, malformed: 0 },
  invalidFrames: 0,
  eventGaps: 1,
  connections: 3,
  roundTrips: {
    buckets: [
      { leMs: 0.5, count: 3 },
      { leMs: 1_000, count: 7 },
    ],
    count: 8,
    sumMs: 2_500,
  },
  host: { version: '0.2.0', uptimeMs: 90_000, cpuMs: 1_500, rssBytes: 52_428_800, clients: 2 },
};

describe('metricsText', () => {
  it.each(['prometheus', 'openmetrics'] as const)('%s declares each family once, before its samples', (format) => {
    const lines = metricsText(snapshot, format).trimEnd().split('\n');
    const declared: string[] = [];
    for (const line of lines) {
      if (line === '# EOF') continue;
      const [, name = '', type = ''] = /^# TYPE (\S+) (\w+)$/.exec(line) ?? [];
      if (name !== '') {
        expect(declared).not.toContain(name);
        declared.push(name);
        expect(name).toMatch(/^deskclaw_[a-z_]+$/);
        if (format === 'openmetrics') expect(name).not.toMatch(/_(total|count|sum|bucket)$/);
        else expect(name.endsWith('_total')).toBe(type === 'counter');
      } else if (!line.startsWith('#')) {
        const sample = /^([a-z_]+)(\{[a-z_]+="[^"]*"\})? -?[\d.e+-]+$/.exec(line);
        expect(sample, line).not.toBeNull();
        expect(sample?.[1]?.startsWith(declared.at(-1) ?? '?'), line).toBe(true);
      }
    }
    expect(declared.length).toBeGreaterThan(15);
  });

  it('openmetrics names the unit of each family that ends with one, and ends with EOF', () => {
    const text = metricsText(snapshot, 'openmetrics');
    for (const [, name, unit] of text.matchAll(/^# TYPE (\S+_(seconds|bytes)) /gm))
      expect(text).toContain(`# UNIT ${name ?? ''} ${unit ?? ''}\n`);
    expect(text.endsWith('# EOF\n')).toBe(true);
    expect(metricsText(snapshot, 'prometheus')).not.toContain('EOF');
  });

  it('times are in seconds, and the buckets of the histogram are cumulative up to its count', () => {
    const text = metricsText(snapshot, 'prometheus');
    expect(text).toContain('deskclaw_gateway_cpu_seconds_total 12.34\n');
    expect(text).toContain('deskclaw_gateway_uptime_seconds 61.5\n');
    expect(text).toContain(
      'deskclaw_round_trip_seconds_bucket{le="0.0005"} 3\ndeskclaw_round_trip_seconds_bucket{le="1.0"} 7\ndeskclaw_round_trip_seconds_bucket{le="+Inf"} 8\ndeskclaw_round_trip_seconds_sum 2.5\ndeskclaw_round_trip_seconds_count 8\n',
    );
    expect(text).toContain('deskclaw_requests_total{outcome="timed_out"} 2\n');
  });

  it('leaves out what the system does not tell', () => {
    const { process: _process, uptimeMs: _uptime, ...rest } = snapshot;
    const text = metricsText(rest, 'prometheus');
    expect(text).not.toContain('deskclaw_gateway_cpu');
    expect(text).not.toContain('deskclaw_gateway_uptime');
    expect(text).toContain('deskclaw_gateway_up 1\n');
  });
});

describe('IncidentCounter', () => {
  const countOf = (...steps: readonly (readonly [number, Parameters<IncidentCounter['note']>[0]['state']])[]) => {
    let now = 0;
    const counter = new IncidentCounter(() => now);
    for (const [at, state] of steps) {
      now = at;
      counter.note({ state });
    }
    return counter.count;
  };

  it.each([
    [
      'a start and a stop',
      [
        [0, 'starting'],
        [1, 'running'],
        [9, 'stopping'],
        [10, 'stopped'],
      ],
      0,
    ],
    [
      'a start that fails',
      [
        [0, 'starting'],
        [1, 'error'],
      ],
      0,
    ],
    [
      'a crash',
      [
        [0, 'running'],
        [9_000, 'reconnecting'],
        [9_100, 'starting'],
        [9_500, 'running'],
      ],
      1,
    ],
    [
      'two crashes',
      [
        [0, 'running'],
        [9_000, 'starting'],
        [9_500, 'running'],
        [20_000, 'starting'],
      ],
      2,
    ],
    [
      'a flap',
      [
        [0, 'running'],
        [9_000, 'starting'],
        [9_500, 'running'],
        [10_000, 'starting'],
      ],
      1,
    ],
    [
      'a first crash soon after the start',
      [
        [0, 'running'],
        [100, 'starting'],
      ],
      1,
    ],
  ] as const)('%s is %#', (_name, steps, count) => {
    expect(countOf(...steps)).toBe(count);
  });
});
