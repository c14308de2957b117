import { GatewayError, nodeClock } from '@deskclaw/core';
import { askerOf, findOrphan, type Orphan, resolvePaths, stopOrphan, stopUnreachableHost } from '@deskclaw/host';
import { type ExitCode, exitCodes, type GatewayStatus, type LifecycleResult } from '@deskclaw/protocol';
import { ensureHost, findAnyHost } from '../host/find-host.ts';
import type { HostSession } from '../host/host-connection.ts';
import { stopHost } from '../host/stop-host.ts';
import { withProgress } from '../output/progress.ts';
import type { Shell } from '../shell.ts';
import { confirmForce, type ForceOptions } from './confirm-force.ts';

function printStopped(shell: Shell, result: LifecycleResult, before: GatewayStatus, orphan: Orphan | undefined): void {
  const pid = result.previousPid ?? orphan?.pid ?? (before.ownership === 'owned' ? before.pid : undefined);
  const isDetached = before.ownership === 'attached' && result.outcome !== 'superseded';
  if (shell.json)
    shell.document('stop', {
      ...result,
      ...(pid === undefined ? {} : { previousPid: pid }),
      ...(isDetached ? { detachedFrom: before.url } : {}),
    });
  else if (result.outcome === 'superseded')
    shell.data('A later request replaced this one. The gateway was not stopped.');
  else if (isDetached) shell.data(`Detached from the gateway at ${before.url}. It keeps running.`);
  else shell.data(pid === undefined ? 'Stopped' : `Stopped (pid ${String(pid)})`);
}

/** Stopping what does not run is success, as for every service (LSB): what was asked for is true. */
function printNotRunning(shell: Shell): void {
  if (shell.json) shell.document('stop', { outcome: 'joined', generation: 0 });
  else shell.data('Not running');
}

interface FoundHost {
  readonly session?: HostSession | undefined;
  /** A host that could not be asked, so it and its gateway were ended by signals. */
  readonly ended?: { readonly gateway: Orphan | undefined };
}

async function findOrEndHost(shell: Shell, force: boolean): Promise<FoundHost> {
  try {
    return { session: await findAnyHost(shell) };
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'host.unreachable') throw error;
    const paths = resolvePaths({ name: shell.profile, env: shell.env });
    const pid = await stopUnreachableHost(paths, nodeClock, { force });
    if (pid === undefined) throw error;
    shell.message(`The host (pid ${String(pid)}) could not be reached and was ended by a signal.`);
    return { ended: { gateway: await stopOrphan(paths.ownership, nodeClock, { force }) } };
  }
}

export async function stop(shell: Shell, options: ForceOptions): Promise<ExitCode> {
  const { session: running, ended } = await findOrEndHost(shell, options.force === true);
  if (ended !== undefined) {
    const pid = ended.gateway?.pid;
    if (shell.json) shell.document('stop', { outcome: 'applied', generation: 0, ...(pid && { previousPid: pid }) });
    else shell.data(pid === undefined ? 'Stopped' : `Stopped (pid ${String(pid)})`);
    return exitCodes.ok;
  }
  const orphan = running === undefined ? findOrphan({ name: shell.profile, env: shell.env }) : undefined;
  if (running === undefined && orphan === undefined) {
    printNotRunning(shell);
    return exitCodes.ok;
  }
  if (orphan !== undefined) shell.message('The host that started this gateway is gone. A new host stops it.');
  const session = running ?? (await ensureHost(shell));
  const { client, info } = session;
  const before = await client.call('gateway.status');
  const force = options.force === true;
  if (!(await confirmForce(shell, before, options))) {
    shell.message('Nothing was stopped.');
    return exitCodes.failure;
  }
  const result = await withProgress(shell, client, 'Stopping the gateway', () =>
    client.call('gateway.stop', { force, ...askerOf(shell.env) }),
  );
  if (info.kind === 'background' && result.outcome !== 'superseded') await stopHost(session);
  if (info.kind !== 'background') shell.message(`Its ${info.kind} host (pid ${String(info.pid)}) keeps running.`);
  printStopped(shell, result, before, orphan);
  return exitCodes.ok;
}
