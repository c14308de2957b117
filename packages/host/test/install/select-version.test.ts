import { expect, it } from 'vitest';
import type { InstalledOpenClaw, Inventory } from '../../src/install/inventory.ts';
import { chooseOpenClaw, versionMissingProblem } from '../../src/install/select-version.ts';

function installed(version: string): InstalledOpenClaw {
  const node = { file: '/n', version: '24.21.0' };
  const found = { root: `/d/${version}`, entry: `/d/${version}/openclaw.mjs`, version, neededNode: '*' };
  return { version, installedAt: 1, bytes: 1, node, folder: `/d/${version}`, package: found };
}
const [newer, older] = [installed('2026.9.6'), installed('2026.5.28')];
const both: Inventory = { versions: [newer, older], nodes: [], drafts: [] };
const empty: Inventory = { versions: [], nodes: [], drafts: [] };

it.each([
  ['a place that a setting names', { path: '/opt/oc' }, both, true, { kind: 'named', path: '/opt/oc' }],
  [
    'a version that a setting chooses, not the newest, whatever else is there',
    { version: '2026.5.28' },
    both,
    true,
    { kind: 'managed', installed: older, reason: 'chosen' },
  ],
  [
    'a version that was chosen and is gone is not replaced by another',
    { version: '2026.1.1' },
    both,
    true,
    { kind: 'missing', version: '2026.1.1', installed: ['2026.9.6', '2026.5.28'] },
  ],
  ['nothing chosen: the user’s own', undefined, both, true, { kind: 'own' }],
  [
    'nothing chosen, none of the user’s: the newest kept here',
    undefined,
    both,
    false,
    { kind: 'managed', installed: newer, reason: 'only-one-here' },
  ],
  ['nothing anywhere', undefined, empty, false, { kind: 'own' }],
] as const)('chooseOpenClaw picks the right OpenClaw for: %s', async (_, setting, inventory, own, choice) => {
  expect(await chooseOpenClaw(setting, inventory, () => Promise.resolve(own))).toEqual(choice);
});

it('looks for the user’s own only where that decides', async () => {
  const refuse = () => Promise.reject(new Error('it looked'));
  await chooseOpenClaw({ version: '2026.9.6' }, both, refuse);
  await chooseOpenClaw({ path: '/x' }, both, refuse);
  await chooseOpenClaw(undefined, empty, refuse);
});

it('a version that is gone is told with what there is', () => {
  const problem = versionMissingProblem({ kind: 'missing', version: '1.2.3', installed: ['2026.9.6'] }, 7);
  expect(problem).toMatchObject({ code: 'openclaw.version-missing', at: 7 });
  expect(problem.actions[0]?.command).toBe('deskclaw openclaw install 1.2.3');
});
