import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';

/** Prints each mutant that no test noticed as soon as that is known, so that its test can be written while the rest runs. */
class SurvivorReporter {
  /** @param {import('@stryker-mutator/api/core').MutantResult} mutant */
  onMutantTested({ status, fileName, location, mutatorName, replacement }) {
    if (status !== 'Survived') return;
    const place = `${fileName.replace(/^.*\/(?=packages\/)/, '')}:${location.start.line}:${location.start.column}`;
    console.error(`Survived ${place} ${mutatorName} -> ${(replacement ?? '').replace(/\s+/g, ' ').slice(0, 80)}`);
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.Reporter, 'survivors', SurvivorReporter)];
