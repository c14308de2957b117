import { type ExitCode, exitCodes, type LifecycleResult } from '@deskclaw/protocol';
import { findAnyHost } from '../find-host.ts';
import type { Shell } from '../shell.ts';
import { endHost } from './end-host.ts';
import { withProgress } from './lifecycle.ts';

export interface StopOptions {
  readonly force?: true | undefined;
}

function printStopped(shell: Shell, result: LifecycleResult, pid: number | undefined): void {
  if (shell.json) shell.document('stop', { ...result, ...(pid === undefined ? {} : { previousPid: pid }) });
  else if (result.outcome === 'superseded') shell.data('A later request won: it is not stopped.');
  else shell.data(pid === undefined ? 'Stopped' : `Stopped (pid ${String(pid)})`);
}

/** Stopping what does not run is success, as for every service (LSB): what was asked for is true. */
function printNotRunning(shell: Shell): void {
  if (shell.json) shell.document('stop', { outcome: 'joined', generation: 0 });
  else shell.data('Not running');
}

export async function stop(shell: Shell, options: StopOptions): Promise<ExitCode> {
  const session = await findAnyHost(shell);
  if (session === undefined) {
    printNotRunning(shell);
    return exitCodes.ok;
  }
  const { client, info } = session;
  const before = await client.call('gateway.status');
  const force = options.force === true;
  const result = await withProgress(shell, client, 'Stopping the gateway', () =>
    client.call('gateway.stop', { force }),
  );
  if (info.kind === 'background' && result.outcome !== 'superseded') await endHost(session);
  if (info.kind !== 'background') shell.message(`Its ${info.kind} host (pid ${String(info.pid)}) goes on.`);
  const owned = before.ownership === 'owned' ? before.pid : undefined;
  printStopped(shell, result, result.previousPid ?? owned);
  return exitCodes.ok;
}
