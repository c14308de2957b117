import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeExit, duration, exitSentence, places, quoteLines, shellWord } from '../../src/catalogue/entry.ts';
import { exit } from '../problem-examples.ts';

describe('a duration', () => {
  test.each([
    [0, '0 ms'],
    [0.4, '0 ms'],
    [45, '45 ms'],
    [999, '999 ms'],
    [1000, '1 s'],
    [1049, '1 s'],
    [1050, '1.1 s'],
    [1500, '1.5 s'],
    [59_960, '60 s'],
    [120_000, '120 s'],
  ])('duration writes %d ms as %s', (ms, words) => {
    expect(duration(ms)).toBe(words);
  });

  test('duration never writes zero for a positive time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), (ms) => {
        expect(Number.parseFloat(duration(ms))).toBeGreaterThan(0);
      }),
    );
  });

  test('duration is exact below a second and to a tenth above', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e9 }), (ms) => {
        const [number, unit] = duration(ms).split(' ');
        const value = Math.round(Number(number) * (unit === 's' ? 1000 : 1));
        expect(Math.abs(value - ms)).toBeLessThanOrEqual(ms < 1000 ? 0 : 50);
      }),
    );
  });
});

describe('a word for a shell', () => {
  test.each([
    ['/opt/gateway/run.sh', '/opt/gateway/run.sh'],
    ['chat.send', 'chat.send'],
    ['user@host:1', 'user@host:1'],
    ['', "''"],
    ['two words', "'two words'"],
    ["it's", "'it'\\''s'"],
    ['$HOME', "'$HOME'"],
    ['`reboot`', "'`reboot`'"],
    ['a;b', "'a;b'"],
    ['*', "'*'"],
    ['~', "'~'"],
    ['a\nb', "'a\nb'"],
  ])('%j is written %s', (path, written) => {
    expect(shellWord(path)).toBe(written);
  });

  test('shellWord is read back unchanged by a real shell', () => {
    // No shell can be handed a zero byte; everything else it must take.
    const words = fc.array(
      fc.string({ unit: 'grapheme' }).filter((word) => !word.includes('\0')),
      {
        minLength: 1,
        maxLength: 5,
      },
    );
    fc.assert(
      fc.property(words, (input) => {
        const script = `printf '%s\\0' ${input.map(shellWord).join(' ')}`;
        const read = execFileSync('/bin/sh', ['-c', script]).toString().split('\0').slice(0, -1);
        expect(read).toEqual(input);
      }),
      { numRuns: 50 },
    );
  });
});

describe('the places that were searched', () => {
  test.each([
    [[], '(the PATH is empty)'],
    [['/usr/bin'], '/usr/bin'],
    [['/usr/bin', '/bin'], '/usr/bin, /bin'],
  ])('%j are told as %s', (searched, words) => {
    expect(places(searched)).toBe(words);
  });
});

describe('last lines', () => {
  test('quoteLines indents the lines in their order', () => {
    expect(quoteLines(['first', 'second'])).toBe('Its last output:\n  first\n  second');
  });

  test('quoteLines says when nothing was printed', () => {
    expect(quoteLines([])).toBe('It printed nothing.');
  });
});

describe('an exit', () => {
  test('describeExit names the signal whatever the code is', () => {
    expect(describeExit({ code: 1, signal: 'SIGSEGV' })).toBe('signal SIGSEGV');
  });

  test('exitSentence names the command, the cause and the last lines', () => {
    expect(exitSentence(exit)).toBe(
      '"openclaw gateway run" crashed (exit code 1).\nIts last output:\n  boom\n    at main',
    );
  });

  test('exitSentence has the last meaningful line first, and no line twice (X4)', () => {
    expect(exitSentence({ ...exit, said: 'boom' })).toBe(
      '"openclaw gateway run" crashed (exit code 1): boom\nIts last output:\n  boom\n    at main',
    );
    expect(exitSentence({ ...exit, said: 'boom', lastLines: ['boom'] })).toBe(
      '"openclaw gateway run" crashed (exit code 1): boom',
    );
    expect(
      exitSentence({ ...exit, said: 'no such key', lastLines: ['no such key'], repaired: 'Repaired: a box' }),
    ).toBe('"openclaw gateway run" crashed (exit code 1): no such key\nRepaired: a box');
  });
});
