import { SeededRandom } from '@deskclaw/core/testing';
import { mutate } from './mutate.ts';
import type { Input, Target } from './target.ts';

/** Share of inputs that start from the grammar; the others start from a valid sample. */
const GRAMMAR_SHARE = 0.4;
/** Share of inputs that stay as they are: a valid one must be accepted. */
const UNCHANGED_SHARE = 0.1;
const MOST_MUTATIONS = 5;
/** Share of the mutated inputs with one mutation: most of them are still read, as far as the changed part. */
const ONE_MUTATION_SHARE = 0.6;

/** FNV-1a, 21 bits: with the number of the execution it fills the seed of the generator. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return value >>> 11;
}

/** Returns the nth input of a target: the same for the same seed, on every machine. */
export function makeInput(target: Target, seed: number, n: number): Input {
  const random = new SeededRandom(hash(`${target.name} ${String(seed)}`) * 2 ** 32 + n);
  let input = random.chance(GRAMMAR_SHARE) ? target.generate(random) : random.pick(target.samples);
  if (random.chance(UNCHANGED_SHARE)) return input;
  const mutations = random.chance(ONE_MUTATION_SHARE) ? 1 : random.integer(2, MOST_MUTATIONS);
  for (let left = mutations; left > 0; left -= 1) input = mutate(input, random, random.pick(target.samples));
  return input;
}
