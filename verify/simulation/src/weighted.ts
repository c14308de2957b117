import type { SeededRandom } from '@deskclaw/core/testing';

/** Ways to make one, each with how often it is taken. */
export type Weighted<T> = readonly (readonly [weight: number, make: (random: SeededRandom) => T])[];

export function makeOne<T>(makers: Weighted<T>, random: SeededRandom): T {
  const total = makers.reduce((sum, [weight]) => sum + weight, 0);
  let left = random.next() * total;
  for (const [weight, make] of makers) {
    left -= weight;
    if (left < 0) return make(random);
  }
  throw new RangeError('nothing to choose from');
}
