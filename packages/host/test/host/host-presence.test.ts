import { existsSync, mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '@deskclaw/core';
import { SimulatedClock } from '@deskclaw/core/testing';
import type { JournalRecord } from '@deskclaw/protocol';
import { expect, it, onTestFinished } from 'vitest';
import { HostPresence } from '../../src/host/host-presence.ts';

function place(): string {
  const folder = mkdtempSync(join(tmpdir(), 'deskclaw-presence-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'host.seen');
}

function presence(path: string, clock: Clock, lastRecordAt?: number) {
  const records: JournalRecord[] = [];
  const host = new HostPresence({
    path,
    clock,
    info: { pid: 7, version: '1.0.0', kind: 'background' },
    record: (record) => records.push(record),
    lastRecordAt: () => lastRecordAt,
    log: (text) => {
      throw new Error(text);
    },
  });
  return { host, reported: () => records.splice(0).map(({ category, what }) => `${category} ${what}`), records };
}

it('a host records its start and its end, and leaves no stamp', async () => {
  const path = place();
  const { host, reported } = presence(path, new SimulatedClock());
  host.begin();
  expect(existsSync(path)).toBe(true);
  await host.end();
  expect(reported()).toEqual(['host started', 'host ended']);
  expect(existsSync(path)).toBe(false);
});

it('a host records that the one before was killed, and when it was last seen', () => {
  const path = place();
  const clock = new SimulatedClock();
  presence(path, clock).host.begin();
  utimesSync(path, 1_700_000_000, 1_700_000_000);
  const next = presence(path, clock);
  next.host.begin();
  expect(next.records).toMatchObject([
    { category: 'host', what: 'killed', at: 1_700_000_000_000, data: { pid: 7, lastSeenAt: 1_700_000_000_000 } },
    { category: 'host', what: 'started' },
  ]);
  const later = presence(path, clock, 1_900_000_000_000);
  later.host.begin();
  expect(later.records[0]).toMatchObject({ what: 'killed', at: 1_900_000_000_000 });
});

it('a host records a clock that jumps, and no ordinary second', async () => {
  const clock = new SimulatedClock();
  let offset = 0;
  const jumping: Clock = {
    now: () => clock.now(),
    wallTime: () => clock.wallTime() + offset,
    schedule: (delayMs, run) => clock.schedule(delayMs, run),
  };
  const { host, reported, records } = presence(place(), jumping);
  host.begin();
  await clock.advance(60_000);
  expect(reported()).toEqual(['host started']);
  offset = -3_600_000;
  await clock.advance(20_000);
  expect(records).toMatchObject([{ category: 'clock', what: 'jumped', data: { ms: -3_600_000 } }]);
  await host.end();
});
