import { createHash } from 'node:crypto';

/**
 * @typedef {object} MutantPlace
 * @property {string} fileName relative to the root of the checkout
 * @property {{ start: { line: number, column: number }, end: { line: number, column: number } }} location
 * @property {string} mutatorName
 * @property {string} replacement
 */

/**
 * Decides by a hash of seed and mutant, so that the same seed draws the same mutants in every process.
 *
 * @param {MutantPlace} mutant lines and columns may count from 0 or 1, as long as they always do
 * @param {{ share: number, seed: string }} sample `share` from 0 to 1
 */
export function isSampled({ fileName, location, mutatorName, replacement }, { share, seed }) {
  const { start, end } = location;
  const key = [seed, fileName, start.line, start.column, end.line, end.column, mutatorName, replacement].join('\0');
  return createHash('sha256').update(key).digest().readUInt32BE() / 2 ** 32 < share;
}

/** @returns {{ share: number, seed: string }} */
export function sampleFromEnvironment() {
  return {
    share: Number(process.env['DESKCLAW_MUTATION_SHARE'] ?? '1'),
    seed: process.env['DESKCLAW_MUTATION_SEED'] ?? '1',
  };
}
