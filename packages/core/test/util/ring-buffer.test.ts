import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RingBuffer } from '../../src/util/ring-buffer.ts';

describe('a ring', () => {
  test('holds the newest, oldest first', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer()),
        fc.integer({ min: 1, max: 10 }),
        fc.nat({ max: 20 }),
        (items, capacity, limit) => {
          const ring = new RingBuffer<number>(capacity);
          for (const item of items) ring.push(item);
          expect(ring.items()).toEqual(items.slice(-capacity));
          expect(ring.truncated).toBe(items.length > capacity);
          const wanted = Math.min(limit, capacity);
          expect(ring.items(limit)).toEqual(wanted === 0 ? [] : items.slice(-wanted));
        },
      ),
    );
  });

  test('holds no more than may be weighed, and the newest of all that', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 30 })), fc.integer({ min: 0, max: 60 }), (items, most) => {
        const ring = new RingBuffer<string>(1_000, (item) => item.length, most);
        for (const item of items) ring.push(item);
        const held = ring.items();
        expect(held).toEqual(held.length === 0 ? [] : items.slice(-held.length));
        expect(held.join('').length).toBeLessThanOrEqual(most);
        expect(ring.truncated).toBe(held.length < items.length);
        const next = items[items.length - held.length - 1];
        if (next !== undefined && held.length > 0) expect(held.join('').length + next.length).toBeGreaterThan(most);
      }),
    );
  });
});
