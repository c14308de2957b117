import { existsSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Files, readIfPossible, recordFile } from '@deskclaw/core/internal';
import { isObject, parseJson } from '@deskclaw/protocol';
import { connectHost } from '../control/connect-host.ts';
import { listOpenClaws, type ProfileRef } from '../install/install-service.ts';
import { readOrphan } from '../profile/orphan.ts';
import { isProfileName, type Paths, resolvePaths } from '../profile/paths.ts';
import { readUpgradeRecord } from './upgrade-journal.ts';

/** A use of an installed version by a profile. */
export interface VersionUse {
  readonly profile: string;
  readonly use: 'running' | 'in-use' | 'rollback';
}

/** Every profile that left a trace: a state folder, or a part of the settings. The one that asks comes first. */
async function knownProfiles(profile: ProfileRef, paths: Paths, files: Files): Promise<readonly string[]> {
  const states = dirname(paths.state);
  const folders = existsSync(states)
    ? readdirSync(states, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    : [];
  const settings = parseJson((await readIfPossible(files, paths.config)) ?? '');
  const named = isObject(settings) && isObject(settings['profiles']) ? Object.keys(settings['profiles']) : [];
  return [...new Set([profile.name, ...folders.map(({ name }) => name), ...named])].filter(isProfileName);
}

/** Returns the package that the profile's gateway runs. An orphaned gateway is assumed to run the selected version. */
async function runningPackage(profile: ProfileRef, chosen: string | undefined): Promise<string | undefined> {
  const client = await connectHost({ profile: profile.name, env: profile.env });
  if (client === undefined) return readOrphan(resolvePaths(profile).ownership) === undefined ? undefined : chosen;
  try {
    const [info, status] = await Promise.all([client.call('host.info'), client.call('gateway.status')]);
    return status.ownership === 'owned' && status.pid !== undefined ? info.openclaw?.path : undefined;
  } finally {
    client.close();
  }
}

/** Returns every use of a version by any profile of this user. @throws GatewayError where a profile cannot be looked into. */
export async function findVersionUses(
  version: string,
  root: string,
  profile: ProfileRef,
  files: Files,
): Promise<readonly VersionUse[]> {
  const uses: VersionUse[] = [];
  for (const name of await knownProfiles(profile, resolvePaths(profile), files)) {
    const one = { name, env: profile.env };
    const paths = resolvePaths(one);
    const { versions, choice } = await listOpenClaws(one);
    // A profile without a setting runs the newest installed version.
    const chosen = versions.find(({ inUse }) => inUse);
    const only = choice.kind === 'managed' && choice.reason === 'only-one-here' && name !== profile.name;
    if ((await runningPackage(one, chosen?.package.root)) === root) uses.push({ profile: name, use: 'running' });
    else if (chosen?.version === version && !only) uses.push({ profile: name, use: 'in-use' });
    const record = readUpgradeRecord((await recordFile(paths.upgrade).load()) ?? '');
    const before = record?.before;
    if (before !== undefined && 'version' in before && before.version === version)
      uses.push({ profile: name, use: 'rollback' });
  }
  return uses;
}

/** Describes a use for a user of the profile `reader`. */
export function describeUse({ profile, use }: VersionUse, reader: ProfileRef): string {
  const of = profile === reader.name ? '' : ` of profile "${profile}"`;
  switch (use) {
    case 'running':
      return `the gateway${of} that runs now`;
    case 'in-use':
      return `the next start${of}`;
    case 'rollback':
      return `a rollback${of}`;
    default:
      return use satisfies never;
  }
}
