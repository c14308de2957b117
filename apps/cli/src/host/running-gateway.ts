import { type GatewayControl, resumeInterruptedUpgrade } from '@deskclaw/core';
import { startTimeout } from '../command-line/start-options.ts';
import type { Shell } from '../shell.ts';
import { findHost } from './find-host.ts';
import { printUpgradeRecovery } from './interrupted-upgrade.ts';

/** The gateway that runs now, if it is an OpenClaw of ours: any other is none of an upgrade's business. */
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

/** Before a version is chosen or removed: whatever was cut off is ended first, and told. */
export async function finishInterruptedUpgrade(shell: Shell): Promise<void> {
  const gateway = await connectRunningGateway(shell);
  const result = await resumeInterruptedUpgrade({ gateway }, { name: shell.profile, env: shell.env });
  if (result !== undefined) printUpgradeRecovery(shell, result);
}
