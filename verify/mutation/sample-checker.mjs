import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import { isSampled, sampleFromEnvironment } from './sample.mjs';

/** Lets only the sampled mutants run. Stryker has no sampling of its own; a mutant that a checker refuses is not counted. */
class SampleChecker {
  async init() {}

  /** @param {import('@stryker-mutator/api/core').Mutant[]} mutants */
  async check(mutants) {
    const sample = sampleFromEnvironment();
    return Object.fromEntries(
      mutants.map((mutant) => [
        mutant.id,
        isSampled({ ...mutant, fileName: relativeTo(mutant.fileName) }, sample)
          ? { status: 'passed' }
          : { status: 'compileError', reason: 'not in the sample' },
      ]),
    );
  }
}

/** The path from `packages/` on: mutants are checked in a copy of the checkout. @param {string} fileName */
const relativeTo = (fileName) => fileName.replaceAll('\\', '/').replace(/^.*\/(?=packages\/[^/]+\/src\/)/, '');

export const strykerPlugins = [declareClassPlugin(PluginKind.Checker, 'sample', SampleChecker)];
