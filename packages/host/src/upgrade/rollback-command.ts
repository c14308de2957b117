import { GatewayError } from '@deskclaw/core';
import { recordFile } from '@deskclaw/core/internal';
import { locateConfig } from '@deskclaw/openclaw';
import { describeProblem, type InterruptedUpgrade } from '@deskclaw/protocol';
import { acquireLock } from '../install/install-lock.ts';
import { listOpenClaws, type ProfileRef } from '../install/install-service.ts';
import { installPorts, thisMachine } from '../install/node-ports.ts';
import { resolvePaths } from '../profile/paths.ts';
import { withOwnProfile } from '../profile/start-command.ts';
import { resumeInterruptedUpgrade, upgradeLockPath } from './resume-interrupted.ts';
import { quarantinePath } from './state-copy.ts';
import { readUpgradeRecord, type UpgradeRecord } from './upgrade-journal.ts';
import { beginRollback } from './upgrade-machine.ts';
import type { GatewayControl } from './upgrade-run.ts';
import { UpgradeRun } from './upgrade-run.ts';

export interface RollbackOptions {
  readonly gateway: GatewayControl;
  readonly keepState: boolean;
  /** Which upgrade to undo, by its time (epoch ms); default: the last one. */
  readonly upgradedAt?: number;
  /** Hears of an upgrade or a rollback that was cut off, and is ended first. */
  readonly onInterrupted?: (end: InterruptedUpgrade) => void;
}

export interface RollbackResult {
  readonly from: string;
  readonly to: string;
  readonly running: boolean;
  /** Where the state of the version that is left went; `undefined`: it was kept as it is. */
  readonly quarantine?: string;
}

async function loadPreviousVersion(path: string, profile: string, at: number): Promise<UpgradeRecord> {
  const text = await recordFile(path).load();
  const record = readUpgradeRecord(text ?? '');
  if (record !== undefined) return record;
  const detail =
    text === undefined
      ? `No upgrade of profile "${profile}" is on record.`
      : `What was written down of the last upgrade of profile "${profile}" cannot be read: ${path}`;
  throw new GatewayError(describeProblem('openclaw.no-previous', { detail }, at));
}

/** Throws if the version to go back to was removed since; the running one is left alone. */
async function checkStillInstalled(before: UpgradeRecord['before'], profile: ProfileRef, at: number): Promise<void> {
  if (before === undefined || !('version' in before)) return;
  const { version } = before;
  const installed = (await listOpenClaws(profile)).versions.map((each) => each.version);
  if (installed.includes(version)) return;
  throw new GatewayError(describeProblem('openclaw.version-missing', { version, installed }, at));
}

/** @throws GatewayError why the last upgrade cannot be undone. */
async function loadUpgradeToUndo(
  { keepState, upgradedAt }: Pick<RollbackOptions, 'keepState' | 'upgradedAt'>,
  profile: ProfileRef,
): Promise<UpgradeRecord> {
  const ports = installPorts(profile.env);
  const at = ports.clock.wallTime();
  const record = await loadPreviousVersion(resolvePaths(profile).upgrade, profile.name, at);
  const { from, before, backup } = record;
  if (upgradedAt !== undefined && record.at !== upgradedAt) {
    const detail = `OpenClaw was upgraded again meanwhile, to ${record.to}.`;
    throw new GatewayError(describeProblem('openclaw.no-previous', { detail }, at));
  }
  await checkStillInstalled(before, profile, at);
  if (backup !== undefined && !keepState && !(await ports.folders.exists(backup))) {
    const command = withOwnProfile('deskclaw openclaw rollback --keep-state', profile.name);
    const how = `To run ${from} on the state as it is now: ${command}`;
    const detail = `The state as ${from} left it is no longer in ${backup}. ${how}`;
    throw new GatewayError(describeProblem('openclaw.no-previous', { detail }, at));
  }
  return record;
}

/** Checks, without changing anything, whether the last upgrade and the state can be undone. @throws GatewayError why not */
export async function assertRollbackPossible(profile: ProfileRef): Promise<void> {
  await loadUpgradeToUndo({ keepState: false }, profile);
}

/** Tells whether the resumed operation has already rolled back what this rollback asks for: going on would roll back twice. */
async function isAlreadyRolledBack({ outcome: end }: InterruptedUpgrade, record: string): Promise<boolean> {
  // A finished upgrade leaves its record, a rollback leaves none.
  return end === 'back' || (end === 'finished' && (await recordFile(record).load()) === undefined);
}

/**
 * Goes back to the version before the last upgrade, and to the state as that one left it. What the newer one made of the state is
 * moved aside, never removed.
 * @throws GatewayError `openclaw.no-previous`, `openclaw.version-missing`, and what stopping and starting throw.
 */
export async function rollbackOpenClaw(options: RollbackOptions, profile: ProfileRef): Promise<RollbackResult> {
  const paths = resolvePaths(profile);
  const ports = installPorts(profile.env);
  const { gateway, keepState } = options;
  const interrupted = await resumeInterruptedUpgrade({ gateway }, profile);
  if (interrupted !== undefined) options.onInterrupted?.(interrupted);
  if (interrupted !== undefined && (await isAlreadyRolledBack(interrupted, paths.upgrade))) {
    const [from, to] =
      interrupted.outcome === 'back' ? [interrupted.to, interrupted.from] : [interrupted.from, interrupted.to];
    return { from, to, running: (await gateway.runningProgram()) !== undefined };
  }
  let waited = false;
  const release = await acquireLock(upgradeLockPath(paths), ports, undefined, () => {
    waited = true;
  });
  if (waited) {
    // Another upgrade ran while this one waited for the lock: read its record again.
    release();
    return rollbackOpenClaw(options, profile);
  }
  try {
    const { from, to, before, backup } = await loadUpgradeToUndo(options, profile);
    const running = (await gateway.runningProgram()) !== undefined;
    const { stateDir, configPath } = await locateConfig(undefined, thisMachine(profile.env), ports.files);
    const place = { stateDir, configPath };
    const run = new UpgradeRun(
      {
        kind: 'rollback',
        origin: { version: from, setting: before },
        target: to,
        place,
        backup: keepState ? undefined : backup,
        quarantine: quarantinePath(place, to, ports.clock.wallTime()),
        previousRecord: undefined,
      },
      { gateway, ports, profile },
    );
    const end = await run.run(beginRollback(running));
    if (end.kind === 'failed') {
      // The state is untouched: restart the gateway that was stopped for the rollback.
      if (running && end.end === 'untouched') await gateway.start().catch(() => undefined);
      throw run.error;
    }
    return { from: to, to: from, running, ...(run.quarantine === undefined ? {} : { quarantine: run.quarantine }) };
  } finally {
    release();
  }
}
