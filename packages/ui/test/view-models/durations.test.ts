import { describe, expect, it } from 'vitest';
import {
  formatAge,
  formatDuration,
  formatElapsed,
  formatLatency,
  formatTime,
  formatTimestamp,
  secondsUntil,
} from '../../src/view-models/durations.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('formatDuration', () => {
  it.each([
    [-5, '0 s'],
    [999, '0 s'],
    [12 * SECOND, '12 s'],
    [MINUTE, '1 min'],
    [4 * MINUTE + 5 * SECOND, '4 min 5 s'],
    [HOUR - 1, '59 min 59 s'],
    [3 * HOUR + 12 * MINUTE + 59 * SECOND, '3 h 12 min'],
    [2 * DAY + 4 * HOUR, '2 d 4 h'],
    [400 * DAY, '400 d'],
  ])('%i ms is formatted as %s', (ms, words) => {
    expect(formatDuration(ms)).toBe(words);
  });
});

describe('formatElapsed', () => {
  it.each([
    [0, '0 ms'],
    [240.4, '240 ms'],
    [8_400, '8.4 s'],
    [2 * MINUTE, '2 min'],
  ])('%d ms is formatted as %s', (ms, words) => {
    expect(formatElapsed(ms)).toBe(words);
  });
});

describe('formatAge', () => {
  it.each([
    [-1, 'just now'],
    [4_999, 'just now'],
    [12 * SECOND, '12 s ago'],
    [61 * SECOND, '1 min ago'],
    [3 * HOUR, '3 h ago'],
    [50 * HOUR, '2 d ago'],
  ])('%i ms is formatted as %s', (ms, words) => {
    expect(formatAge(ms)).toBe(words);
  });
});

describe('formatLatency', () => {
  it.each([
    [0, 'under 1 ms'],
    [0.7, 'under 1 ms'],
    [3.4, '3 ms'],
    [1_840, '1.8 s'],
  ])('%d ms is formatted as %s', (ms, words) => {
    expect(formatLatency(ms)).toBe(words);
  });
});

describe('secondsUntil', () => {
  it('secondsUntil counts down in whole seconds and stays at zero', () => {
    const times = [0, 1, 999, 1_000, 2_001, 7_000, 9_000].map((now) => secondsUntil(7_000, now));
    expect(times).toEqual([7, 7, 7, 6, 5, 0, 0]);
  });
});

describe('formatTimestamp', () => {
  const noon = new Date(2026, 10, 23, 12, 0, 0).getTime();

  it('formatTimestamp returns only the time of day for today', () => {
    expect(formatTimestamp(noon + 131_000, noon)).toBe('12:02:11');
    expect(formatTime(noon + 131_000)).toBe('12:02:11');
  });

  it('formatTimestamp adds the date for another day', () => {
    expect(formatTimestamp(noon - 2 * DAY, noon)).toBe('21 Nov, 12:00');
  });
});
