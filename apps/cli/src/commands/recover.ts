import { type ExitCode, exitCodes } from '@deskclaw/protocol';
import { exitCodeForStatus } from '../exit.ts';
import { ensureHost } from '../host/find-host.ts';
import { stopIdleHost } from '../host/stop-host.ts';
import { serializeStatus } from '../output/documents.ts';
import { addProfileFlag } from '../output/problem.ts';
import { withProgress } from '../output/progress.ts';
import type { Shell } from '../shell.ts';

export interface RecoverOptions {
  readonly channelsOn?: true;
}

/** Takes the recovery step that waits for the user, or switches the channels on again. */
export async function recover(shell: Shell, { channelsOn }: RecoverOptions): Promise<ExitCode> {
  const session = await ensureHost(shell);
  const { client } = session;
  const params = channelsOn === true ? ({ channels: 'on' } as const) : {};
  const { taken, status } = await withProgress(shell, client, 'Recovering the gateway', () =>
    client.call('gateway.recover', params),
  ).finally(async () => {
    // A host that is gone already must not hide why the request failed.
    if (session.spawned) await stopIdleHost(session).catch(() => undefined);
  });
  if (shell.json) {
    shell.document('recover', { taken, gateway: serializeStatus(status) });
    return taken ? exitCodeForStatus(status) : exitCodes.ok;
  }
  const { recovery } = status;
  if (!taken)
    shell.message(channelsOn === true ? 'The channels were not switched off.' : 'No recovery step waits for you.');
  else if (channelsOn === true) shell.message('The channels are switched on again.');
  if (recovery !== undefined) shell.data(addProfileFlag(recovery.message, shell.namedProfile));
  return taken ? exitCodeForStatus(status) : exitCodes.ok;
}
