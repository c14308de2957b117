import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { excerpt, truncate } from '../../src/session/excerpt.ts';

describe('excerpt', () => {
  it.each([
    [{ a: 1, b: ['x', true, null] }, '{a: 1, b: ["x", true, null]}'],
    ['text', '"text"'],
    [undefined, 'undefined'],
    [[], '[]'],
    [{}, '{}'],
  ])('excerpt of %o is %s', (value, words) => {
    expect(excerpt(value, 100)).toBe(words);
  });

  it('excerpt never exceeds its limit', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.integer({ min: 1, max: 200 }), (value, limit) => {
        expect(excerpt(value, limit).length).toBeLessThanOrEqual(limit);
      }),
    );
  });

  it('excerpt reads only as much of a large value as it shows', () => {
    let read = 0;
    const items = new Proxy(
      Array.from({ length: 1_000_000 }, (_, index) => index),
      {
        get: (target, key): unknown => {
          read += 1;
          return Reflect.get(target, key);
        },
      },
    );
    excerpt({ items, text: 'x'.repeat(10_000_000) }, 160);
    expect(read).toBeLessThan(1_000);
  });
});

describe('truncate', () => {
  it('truncate appends the original length', () => {
    expect(truncate('abcdef', 3)).toBe('abc… (6 characters)');
    expect(truncate('abc', 3)).toBe('abc');
  });
});
