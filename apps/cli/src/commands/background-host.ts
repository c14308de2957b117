import { startHost } from '@deskclaw/core';
import { type ExitCode, exitCodes } from '@deskclaw/protocol';
import { builtinGatewayFile } from '../own-files.ts';
import type { Shell } from '../shell.ts';
import { version } from '../version.ts';

/** What `start` leaves running: the owner of the gateway until somebody asks it to end. */
export async function backgroundHost(shell: Shell): Promise<ExitCode> {
  const host = await startHost({
    profile: shell.profile,
    env: shell.env,
    kind: 'background',
    version,
    builtinGateway: { file: builtinGatewayFile() },
  });
  shell.interrupts.take((signal, count) => {
    // A closed terminal is not meant for us: we were started to outlive it.
    if (signal !== 'SIGHUP') host.shutdown({ force: count > 1 }).catch(() => undefined);
  });
  await host.closed;
  return exitCodes.ok;
}
