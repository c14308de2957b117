import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDuration, parseSince } from '../../src/command-line/parse-since.ts';
import { localDateTime } from '../../src/output/format.ts';

const now = new Date(2026, 10, 23, 14, 30, 0).getTime();

describe('ages', () => {
  it.each([
    ['250ms', 250],
    ['90s', 90_000],
    ['10m', 600_000],
    ['1h30m', 5_400_000],
    ['2d', 172_800_000],
    ['1w', 604_800_000],
    ['1.5h', 5_400_000],
  ])('parseDuration and parseSince read the age %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
    expect(parseSince(text, now)).toBe(now - ms);
  });

  it('never reach before the beginning of time', () => {
    expect(parseSince('9999999w', now)).toBe(0);
  });
});

describe('moments', () => {
  it.each([
    ['14:02', new Date(2026, 10, 23, 14, 2)],
    ['9:05:07', new Date(2026, 10, 23, 9, 5, 7)],
    ['23:50', new Date(2026, 10, 22, 23, 50)],
    ['2026-11-20', new Date(2026, 10, 20)],
    ['2026-11-20 08:15', new Date(2026, 10, 20, 8, 15)],
    ['2026-11-20T08:15:30.250', new Date(2026, 10, 20, 8, 15, 30, 250)],
    ['2026-11-20T08:15:30Z', new Date(Date.UTC(2026, 10, 20, 8, 15, 30))],
    ['2026-11-20T08:15:30+02:00', new Date(Date.UTC(2026, 10, 20, 6, 15, 30))],
  ])('parseSince reads the moment %s', (text, expected) => {
    expect(parseSince(text, now)).toBe(expected.getTime());
  });

  it('takes back the times that we print', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_102_444_800_000 }), (at) => {
        const whole = Math.floor(at / 1_000) * 1_000;
        // A clock hour that a change of season repeats is said twice by its owner too.
        const said = parseSince(localDateTime(whole), now);
        expect(said === undefined ? Number.NaN : localDateTime(said)).toBe(localDateTime(whole));
      }),
    );
  });
});

it.each([
  '',
  'soon',
  '10',
  '10 m',
  '-5m',
  '25:00',
  '14:60',
  '2026-13-01',
  '2026-11-20T99:00',
  '1h30',
  'm',
  '2026-11-20T08',
])('parseSince rejects %j', (text) => {
  expect(parseSince(text, now)).toBeUndefined();
});
