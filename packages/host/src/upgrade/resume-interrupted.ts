import { join } from 'node:path';
import { GatewayError } from '@deskclaw/core';
import { sameProcess } from '@deskclaw/core/internal';
import { describeProblem, type InterruptedUpgrade } from '@deskclaw/protocol';
import type { InstallPorts } from '../install/install.ts';
import { acquireLock } from '../install/install-lock.ts';
import type { ProfileRef } from '../install/install-service.ts';
import { installPorts } from '../install/node-ports.ts';
import { type Paths, resolvePaths } from '../profile/paths.ts';
import { type PendingUpgrade, UpgradeJournal } from './upgrade-journal.ts';
import { resume } from './upgrade-machine.ts';
import { interruptedMessages } from './upgrade-messages.ts';
import type { GatewayControl } from './upgrade-run.ts';
import { UpgradeRun } from './upgrade-run.ts';

export interface ResumeOptions {
  readonly gateway: GatewayControl;
  /** Whether a gateway that ran when it was cut off is started again. Default true. */
  readonly restart?: boolean;
  readonly signal?: AbortSignal;
}

export function upgradeLockPath(paths: Paths): string {
  return join(paths.data, 'upgrade.lock');
}

/** Returns the pending upgrade whose process is gone; `undefined` if there is none, or if its process still runs. */
async function findInterrupted(paths: Paths, ports: InstallPorts): Promise<PendingUpgrade | 'unreadable' | undefined> {
  const pending = await new UpgradeJournal(paths.upgradeJournal).load();
  if (pending === undefined || pending === 'unreadable' || pending.owner === undefined) return pending;
  const { owner } = pending;
  // With the lock held here, an entry of this process is one that it could not finish.
  const underWay = !sameProcess(owner, ports.self) && sameProcess(owner, ports.processes.find(owner.pid));
  return underWay ? undefined : pending;
}

/** Describes the profile's interrupted upgrade or rollback, if there is one; changes nothing. */
export async function describeInterruptedUpgrade(profile: ProfileRef): Promise<string | undefined> {
  const pending = await findInterrupted(resolvePaths(profile), installPorts(profile.env));
  if (pending === undefined) return undefined;
  return pending === 'unreadable' ? interruptedMessages.unreadable : interruptedMessages.open(pending);
}

/** Moves an unreadable upgrade journal out of the way, once. Nothing else is changed. */
async function quarantineUnreadable(path: string, { folders, clock }: InstallPorts): Promise<InterruptedUpgrade> {
  const at = clock.wallTime();
  const aside = `${path}.unreadable-${String(at)}`;
  await folders.move(path, aside);
  return {
    outcome: 'untouched',
    from: '',
    to: '',
    message: `${interruptedMessages.unreadable} It is now ${aside}`,
    at,
  };
}

/**
 * Ends well what was cut off: a version that had not got ready goes, the one before comes back on its own state; one that had
 * got ready stays. Nobody's but the dead's is touched.
 * @returns `undefined`: there is nothing to end.
 * @throws GatewayError `openclaw.upgrade-failed` where neither way is open; the next call tries again.
 */
export async function resumeInterruptedUpgrade(
  options: ResumeOptions,
  profile: ProfileRef,
): Promise<InterruptedUpgrade | undefined> {
  const paths = resolvePaths(profile);
  const ports = installPorts(profile.env);
  if ((await findInterrupted(paths, ports)) === undefined) return undefined;
  const release = await acquireLock(upgradeLockPath(paths), ports, options.signal, () => undefined);
  try {
    const pending = await findInterrupted(paths, ports);
    if (pending === undefined) return undefined;
    if (pending === 'unreadable') return await quarantineUnreadable(paths.upgradeJournal, ports);
    return await finishUpgrade(pending, options, profile, ports);
  } finally {
    release();
  }
}

async function isTargetRunning({ state, plan }: PendingUpgrade, gateway: GatewayControl): Promise<boolean> {
  if (state.step !== 'start') return false;
  const runs = await gateway.runningProgram();
  if (runs?.version !== plan.target) return false;
  return gateway.start().then(
    () => true,
    () => false,
  );
}

async function finishUpgrade(
  pending: PendingUpgrade,
  options: ResumeOptions,
  profile: ProfileRef,
  ports: InstallPorts,
): Promise<InterruptedUpgrade> {
  const { plan, state } = pending;
  const { gateway, restart = true } = options;
  const run = new UpgradeRun(plan, { gateway, ports, profile });
  const startState = { ...state, running: state.running && restart };
  const result = await run.run(resume(startState, await isTargetRunning(pending, gateway)));
  const at = ports.clock.wallTime();
  // Without a host no gateway was started.
  const runs = startState.running && (await gateway.runningProgram()) !== undefined;
  const words = interruptedMessages.ended(pending, result, runs, run.quarantine);
  const [from, to] = interruptedMessages.versions(plan);
  if (result.kind === 'failed' && typeof result.end === 'object') {
    const { step, reason } = result.end.stuck;
    const facts = { from, to, step: interruptedMessages.step(step), reason, now: words };
    throw new GatewayError(describeProblem('openclaw.upgrade-failed', facts, at));
  }
  const ended = result.kind === 'failed' ? (result.end === 'untouched' ? 'untouched' : 'back') : 'finished';
  return { outcome: ended, from, to, message: words, at };
}
