import { describe, expect, it } from 'vitest';
import type { InstalledOpenClaw, Inventory } from '../../src/install/inventory.ts';
import { defaultRequiredSpace, type InstallPlanInput, megabytes, planInstall } from '../../src/install/plan.ts';

const node = { file: '/usr/bin/node', version: '24.21.0' };
const installed: InstalledOpenClaw = {
  version: '2026.9.6',
  installedAt: 1,
  bytes: 2,
  node,
  folder: '/d/openclaw/2026.9.6',
  package: { root: '/d/r', entry: '/d/r/openclaw.mjs', version: '2026.9.6', neededNode: '24' },
};
const nothing: Inventory = { versions: [], nodes: [], drafts: [] };
const facts: InstallPlanInput = {
  wanted: { version: '2026.9.6', neededNode: '>=24.16.0 <25 || >=26.1.0', integrity: 'sha512-x' },
  inventory: nothing,
  node: { kind: 'chosen', runtime: node },
  publishedNodes: [],
  freeBytes: 10 * 1024 ** 3,
  requiredSpace: defaultRequiredSpace,
};
const none = { kind: 'none', searched: ['/usr/bin'] } as const;
const there: Inventory = { ...nothing, versions: [installed] };
const publishedNodes = ['22.1.0', '24.15.0', '24.16.0', '24.21.0', '25.0.0', '26.2.0'];
const { openclawBytes, nodeBytes } = defaultRequiredSpace;

describe('what is left to do', () => {
  it.each<[string, Partial<InstallPlanInput>, object]>([
    [
      'nothing here',
      {},
      { kind: 'install', version: '2026.9.6', installed: undefined, node: { kind: 'found', runtime: node } },
    ],
    ['all of it here', { inventory: there }, { kind: 'nothing', installed }],
    [
      'another version here',
      { inventory: { ...nothing, versions: [{ ...installed, version: '2026.5.28' }] } },
      { kind: 'install', version: '2026.9.6', installed: undefined, node: { kind: 'found', runtime: node } },
    ],
    [
      'drafts of an earlier run count for nothing',
      { inventory: { ...nothing, drafts: ['/d/drafts/1'] } },
      { kind: 'install', version: '2026.9.6', installed: undefined, node: { kind: 'found', runtime: node } },
    ],
    [
      'no Node here',
      { node: none, publishedNodes },
      { kind: 'install', version: '2026.9.6', installed: undefined, node: { kind: 'fetch', version: '24.21.0' } },
    ],
    [
      'only an unfit Node here, OpenClaw itself in its place',
      { node: { kind: 'unfit', runtime: { file: '/n', version: '20.0.0' } }, publishedNodes, inventory: there },
      { kind: 'install', version: '2026.9.6', installed, node: { kind: 'fetch', version: '24.21.0' } },
    ],
    [
      'no Node fits in the world',
      { node: none, publishedNodes: ['22.0.0'] },
      { kind: 'no-node', needed: facts.wanted.neededNode },
    ],
    ['no list of Nodes', { node: none }, { kind: 'no-node', needed: facts.wanted.neededNode }],
    [
      'one byte too little',
      { freeBytes: openclawBytes - 1 },
      { kind: 'no-space', neededBytes: openclawBytes, freeBytes: openclawBytes - 1 },
    ],
    [
      'room for OpenClaw, not for the Node as well',
      { node: none, publishedNodes, freeBytes: openclawBytes + nodeBytes - 1 },
      { kind: 'no-space', neededBytes: openclawBytes + nodeBytes, freeBytes: openclawBytes + nodeBytes - 1 },
    ],
    [
      'room for the Node that alone is missing',
      { node: none, publishedNodes, freeBytes: nodeBytes, inventory: there },
      { kind: 'install', version: '2026.9.6', installed, node: { kind: 'fetch', version: '24.21.0' } },
    ],
    ['no room, but nothing to do', { freeBytes: 0, inventory: there }, { kind: 'nothing', installed }],
  ])('planInstall plans the rest for: %s', (_, changes, plan) => {
    expect(planInstall({ ...facts, ...changes })).toEqual(plan);
  });

  it('megabytes rounds up to whole megabytes', () => {
    expect(megabytes(1)).toBe('1 MB');
    expect(megabytes(650 * 1024 ** 2)).toBe('650 MB');
    expect(megabytes(650 * 1024 ** 2 + 1)).toBe('651 MB');
  });
});
