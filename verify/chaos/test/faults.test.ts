import { SeededRandom } from '@deskclaw/core/testing';
import { expect, it } from 'vitest';
import { drawFaults, type Fault, faultKinds } from '../src/faults.ts';

function first(seed: number, count: number): readonly Fault[] {
  const faults = drawFaults(new SeededRandom(seed));
  return Array.from({ length: count }, () => faults.next().value);
}

it('the same seed draws the same faults, another seed draws others', () => {
  expect(first(7, 60)).toEqual(first(7, 60));
  expect(first(7, 60)).not.toEqual(first(8, 60));
});

it('every kind of fault is drawn once before any is drawn again', () => {
  const kinds = first(3, 3 * faultKinds.length).map(({ kind }) => kind);
  for (let round = 0; round < 3; round += 1)
    expect(kinds.slice(round * faultKinds.length, (round + 1) * faultKinds.length).toSorted()).toEqual(
      [...faultKinds].toSorted(),
    );
});
