import { expect, it } from 'vitest';
import { formatDuration } from '../../src/output/format.ts';

it.each([
  [-5, '0 ms'],
  [0, '0 ms'],
  [340, '340 ms'],
  [1_000, '1 s'],
  [8_400, '8.4 s'],
  [9_999, '9.9 s'],
  [10_000, '10 s'],
  [59_999, '59 s'],
  [60_000, '1m'],
  [724_000, '12m 4s'],
  [3_599_999, '59m 59s'],
  [3_600_000, '1h'],
  [11_520_000, '3h 12m'],
  [183_600_000, '2d 3h'],
])('%d ms is %s', (ms, words) => {
  expect(formatDuration(ms)).toBe(words);
});
