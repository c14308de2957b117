import type { Problem } from '@deskclaw/protocol';
import { discoverOpenClaw } from '../openclaw/discovery.ts';
import type { PrepareInput } from '../openclaw/prepare.ts';
import { nodeClock } from '../ports/node/node-clock.ts';
import { nodeFiles } from '../ports/node/node-files.ts';
import type { Settings } from '../profile/config.ts';
import { chooseOpenClaw, versionMissing } from './choice.ts';
import { takeInventory } from './inventory.ts';
import { managedLayout } from './layout.ts';
import type { Machine } from './machine.ts';

export type Which =
  | { readonly ok: true; readonly where: Pick<PrepareInput, 'openclaw' | 'keptNodes'> }
  | { readonly ok: false; readonly problem: Problem };

/** Which OpenClaw a start on this machine runs, and which Nodes of ours it may run on. */
export async function openClawHere(setting: Settings['openclaw'], data: string, machine: Machine): Promise<Which> {
  const inventory = await takeInventory(managedLayout(data, machine.platform), nodeFiles, machine);
  const ownIsThere = async () => (await discoverOpenClaw(undefined, machine, nodeFiles)).kind === 'found';
  const choice = await chooseOpenClaw(setting, inventory, ownIsThere);
  const keptNodes = inventory.nodes.map(({ file }) => file);
  switch (choice.kind) {
    case 'named':
      return { ok: true, where: { openclaw: choice.path, keptNodes } };
    case 'managed':
      return { ok: true, where: { openclaw: choice.installed.package.root, keptNodes } };
    case 'own':
      return { ok: true, where: { keptNodes } };
    case 'missing':
      return { ok: false, problem: versionMissing(choice, nodeClock.wallTime()) };
    default:
      return choice satisfies never;
  }
}
