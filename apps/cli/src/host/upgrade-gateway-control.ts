import { describeInterruptedUpgrade as describe, type GatewayControl, resumeInterruptedUpgrade } from '@deskclaw/host';
import type { InterruptedUpgrade } from '@deskclaw/protocol';
import { startTimeout } from '../command-line/start-options.ts';
import { addProfileFlag } from '../output/problem.ts';
import type { Shell } from '../shell.ts';
import { findHost } from './find-host.ts';

/** Resolves with a description of an interrupted upgrade or rollback that nothing has finished yet. */
export function describeInterruptedUpgrade(shell: Shell): Promise<string | undefined> {
  return describe({ name: shell.profile, env: shell.env });
}

/** Prints how an interrupted upgrade was finished, since the user did not ask this command for it. */
export function printUpgradeRecovery(shell: Shell, { message }: InterruptedUpgrade): void {
  shell.message(addProfileFlag(message, shell.namedProfile));
}

/** Returns the control of the running gateway if it is an OpenClaw of ours; an upgrade leaves any other gateway alone. */
export async function connectRunningGateway(shell: Shell): Promise<GatewayControl> {
  const session = await findHost(shell);
  const program = async () => (await session?.client.call('host.info'))?.openclaw;
  return {
    runningProgram: async () => {
      const status = await session?.client.call('gateway.status');
      return status?.ownership === 'owned' && status.pid !== undefined ? program() : undefined;
    },
    stop: async () => {
      await session?.client.call('gateway.stop', {}, startTimeout({}));
    },
    start: async () => {
      await session?.client.call('gateway.start', {}, startTimeout({}));
      return program();
    },
  };
}

/** Finishes and reports an interrupted upgrade before a version is chosen or removed. */
export async function finishInterruptedUpgrade(shell: Shell): Promise<void> {
  const gateway = await connectRunningGateway(shell);
  const result = await resumeInterruptedUpgrade({ gateway }, { name: shell.profile, env: shell.env });
  if (result !== undefined) printUpgradeRecovery(shell, result);
}
