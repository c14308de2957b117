import { createHash } from 'node:crypto';

/**
 * @typedef {object} MutantPlace
 * @property {string} fileName relative to the root of the checkout
 * @property {{ start: { line: number, column: number }, end: { line: number, column: number } }} location
 * @property {string} mutatorName
 * @property {string} replacement
 */

/**
 * Returns a number from 0 to 1 that only seed and mutant decide, so that every process draws the same mutants.
 *
 * @param {MutantPlace} mutant
 * @param {string} seed
 */
function positionOf({ fileName, location, mutatorName, replacement }, seed) {
  const { start, end } = location;
  const key = [seed, fileName, start.line, start.column, end.line, end.column, mutatorName, replacement].join('\0');
  return createHash('sha256').update(key).digest().readUInt32BE() / 2 ** 32;
}

/**
 * @param {MutantPlace} mutant its lines and columns count from 0
 * @param {{ share: number, seed: string }} sample
 */
export const isSampled = (mutant, { share, seed }) => positionOf(mutant, seed) < share;

/**
 * Returns the share below which exactly `wanted` of these mutants lie; 1 where there are no more.
 *
 * @param {MutantPlace[]} mutants
 * @param {number} wanted
 * @param {string} seed
 */
export function shareFor(mutants, wanted, seed) {
  const positions = mutants.map((mutant) => positionOf(mutant, seed)).sort((a, b) => a - b);
  return positions[wanted] ?? 1;
}

/** @returns {{ share: number, seed: string }} */
export function sampleFromEnvironment() {
  return {
    share: Number(process.env['DESKCLAW_MUTATION_SHARE'] ?? '1'),
    seed: process.env['DESKCLAW_MUTATION_SEED'] ?? '1',
  };
}
