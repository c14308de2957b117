import { askerOf } from '@deskclaw/host';
import { type ExitCode, exitCodes, type LifecycleResult } from '@deskclaw/protocol';
import { requireHost } from '../host/host-connection.ts';
import { serializeStatus } from '../output/documents.ts';
import { withProgress } from '../output/progress.ts';
import { runningLines } from '../output/start-result.ts';
import type { Shell } from '../shell.ts';
import { confirmForce, type ForceOptions } from './confirm-force.ts';

function change(shell: Shell, result: LifecycleResult): string {
  const name = (pid: number | undefined): string => (pid === undefined ? 'none' : `pid ${String(pid)}`);
  return `${name(result.previousPid)} ${shell.out.style.glyphs.arrow} ${name(result.pid)}`;
}

export async function restart(shell: Shell, options: ForceOptions): Promise<ExitCode> {
  const { client } = await requireHost(shell);
  if (options.force === true && !(await confirmForce(shell, await client.call('gateway.status'), options))) {
    shell.message('Nothing was restarted.');
    return exitCodes.failure;
  }
  const result = await withProgress(shell, client, 'Restarting the gateway', () =>
    client.call('gateway.restart', { force: options.force === true, ...askerOf(shell.env) }),
  );
  const [status, { openclaw }] = await Promise.all([client.call('gateway.status'), client.call('host.info')]);
  if (shell.json) shell.document('restart', { ...result, gateway: serializeStatus(status) });
  else if (result.outcome === 'superseded')
    shell.data('A later request replaced this one. The gateway was not restarted.');
  else shell.data(`Restarted: ${change(shell, result)}`, ...runningLines(shell, status, openclaw));
  return exitCodes.ok;
}
