import type { Problem } from '@deskclaw/protocol';
import { discoverOpenClaw } from '../openclaw/discovery.ts';
import type { PrepareInput } from '../openclaw/prepare.ts';
import { nodeClock } from '../ports/node/node-clock.ts';
import { nodeFiles } from '../ports/node/node-files.ts';
import type { Settings } from '../profile/config.ts';
import { chooseOpenClaw, versionMissingProblem } from './choice.ts';
import { readInventory } from './inventory.ts';
import { installLayout } from './layout.ts';
import type { Machine } from './machine.ts';

export type VersionSelection =
  | { readonly ok: true; readonly input: Pick<PrepareInput, 'openclaw' | 'installedNodes'> }
  | { readonly ok: false; readonly problem: Problem };

/** Which OpenClaw a start on this machine runs, and which Nodes of ours it may run on. */
export async function selectVersion(
  setting: Settings['openclaw'],
  data: string,
  machine: Machine,
): Promise<VersionSelection> {
  const inventory = await readInventory(installLayout(data, machine.platform), nodeFiles, machine);
  const hasUserOpenClaw = async () => (await discoverOpenClaw(undefined, machine, nodeFiles)).kind === 'found';
  const choice = await chooseOpenClaw(setting, inventory, hasUserOpenClaw);
  const installedNodes = inventory.nodes.map(({ file }) => file);
  switch (choice.kind) {
    case 'named':
      return { ok: true, input: { openclaw: choice.path, installedNodes } };
    case 'managed':
      return { ok: true, input: { openclaw: choice.installed.package.root, installedNodes } };
    case 'own':
      return { ok: true, input: { installedNodes } };
    case 'missing':
      return { ok: false, problem: versionMissingProblem(choice, nodeClock.wallTime()) };
    default:
      return choice satisfies never;
  }
}
