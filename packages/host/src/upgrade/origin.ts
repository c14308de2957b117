import type { OpenClawProgram } from '@deskclaw/protocol';
import type { OpenClawList } from '../install/install-service.ts';
import type { InstalledOpenClaw } from '../install/inventory.ts';
import type { Settings } from '../profile/config.ts';

/** The version that an upgrade leaves: the running one, else the one that the next start would run. */
export interface Origin {
  readonly version: string;
  /** The setting that selects it; `undefined` if it is found without one. */
  readonly setting: Settings['openclaw'];
}

/** Returns the version to upgrade from, or `undefined` if there is no OpenClaw. */
export function findOrigin(
  list: Pick<OpenClawList, 'choice' | 'own' | 'versions'>,
  runs: OpenClawProgram | undefined,
  setting: Settings['openclaw'],
): Origin | undefined {
  const { choice, own, versions } = list;
  const chosen = choice.kind === 'managed' ? choice.installed : undefined;
  if (runs === undefined) {
    if (chosen !== undefined) return fromChosen(chosen, setting);
    return own === undefined ? undefined : { version: own.version, setting };
  }
  // The running version may have been started before another one was chosen.
  if (chosen?.package.root === runs.path) return fromChosen(chosen, setting);
  const managed = versions.find((each) => each.package.root === runs.path);
  if (managed !== undefined) return { version: managed.version, setting: { version: managed.version } };
  return { version: runs.version, setting: chosen === undefined ? setting : { path: runs.path } };
}

/**
 * Without a setting, the newest installed version runs: after an upgrade only a setting by version selects the old one.
 */
function fromChosen({ version }: InstalledOpenClaw, setting: Settings['openclaw']): Origin {
  return { version, setting: setting ?? { version } };
}
