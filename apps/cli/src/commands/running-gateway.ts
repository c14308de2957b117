import { type RunningGateway, settleUpgrade } from '@deskclaw/core';
import { findHost } from '../find-host.ts';
import type { Shell } from '../shell.ts';
import { tellCutOff } from './cut-off.ts';
import { startPatience } from './start-request.ts';

/** The gateway that runs now, if it is an OpenClaw of ours: any other is none of an upgrade's business. */
export async function runningGateway(shell: Shell): Promise<RunningGateway> {
  const session = await findHost(shell);
  const program = async () => (await session?.client.call('host.info'))?.openclaw;
  return {
    runs: async () => {
      const status = await session?.client.call('gateway.status');
      return status?.ownership === 'owned' && status.pid !== undefined ? program() : undefined;
    },
    stop: async () => {
      await session?.client.call('gateway.stop', {}, startPatience({}));
    },
    start: async () => {
      await session?.client.call('gateway.start', {}, startPatience({}));
      return program();
    },
  };
}

/** Before a version is chosen or removed: whatever was cut off is ended first, and told. */
export async function settleFirst(shell: Shell): Promise<void> {
  const gateway = await runningGateway(shell);
  const end = await settleUpgrade({ gateway }, { profile: shell.profile, env: shell.env });
  if (end !== undefined) tellCutOff(shell, end);
}
