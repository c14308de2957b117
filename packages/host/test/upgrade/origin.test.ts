import { expect, it } from 'vitest';
import type { ListedVersion, OpenClawList } from '../../src/install/install-service.ts';
import { findOrigin } from '../../src/upgrade/origin.ts';

const node = { file: '/n', version: '24.21.0' };
function version(name: string, inUse: boolean): ListedVersion {
  const found = { root: `/d/${name}`, entry: `/d/${name}/openclaw.mjs`, version: name, neededNode: '*' };
  return { version: name, installedAt: 1, bytes: 1, node, folder: `/d/${name}`, package: found, inUse, runsOn: node };
}
const [older, newer] = [version('2026.5.28', false), version('2026.9.6', true)];
const runs = (name: string, path = `/d/${name}`) => ({ version: name, path, node });
const chosen: Pick<OpenClawList, 'choice' | 'own' | 'versions'> = {
  choice: { kind: 'managed', installed: newer, reason: 'chosen' },
  own: { version: '2026.3.1', by: '/usr/bin/openclaw', inUse: false, neededNode: '*' },
  versions: [newer, older],
};
const own = { ...chosen, choice: { kind: 'own' } as const };
const newest = { ...chosen, choice: { kind: 'managed', installed: newer, reason: 'only-one-here' } as const };
const setting = { version: '2026.9.6' };

it.each([
  ['nothing runs: the chosen one', chosen, undefined, setting, { version: '2026.9.6', setting }],
  [
    'nothing runs, nothing is chosen: the user’s own',
    own,
    undefined,
    undefined,
    { version: '2026.3.1', setting: undefined },
  ],
  ['nothing runs, nothing is anywhere', { ...own, own: undefined }, undefined, undefined, undefined],
  ['the chosen one runs', chosen, runs('2026.9.6'), setting, { version: '2026.9.6', setting }],
  ['nothing runs, the newest here is taken unchosen', newest, undefined, undefined, { version: '2026.9.6', setting }],
  ['the newest here runs, unchosen', newest, runs('2026.9.6'), undefined, { version: '2026.9.6', setting }],
  [
    'one runs that was started before another was chosen',
    chosen,
    runs('2026.5.28'),
    setting,
    { version: '2026.5.28', setting: { version: '2026.5.28' } },
  ],
  ['the user’s own runs', own, runs('2026.3.1', '/usr/lib/oc'), undefined, { version: '2026.3.1', setting: undefined }],
  [
    'the user’s own runs, but another was chosen since',
    chosen,
    runs('2026.3.1', '/usr/lib/oc'),
    setting,
    { version: '2026.3.1', setting: { path: '/usr/lib/oc' } },
  ],
] as const)('findOrigin when %s', (_, list, running, current, origin) => {
  expect(findOrigin(list, running, current)).toEqual(origin);
});
