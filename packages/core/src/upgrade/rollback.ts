import { type CutOffEnd, describeProblem } from '@deskclaw/protocol';
import { GatewayError } from '../errors/gateway-error.ts';
import type { RunningGateway } from '../host/running-gateway.ts';
import { type ForProfile, listOpenClaws } from '../managed/here.ts';
import { machinePorts, thisMachine } from '../managed/on-this-machine.ts';
import { takeTurn } from '../managed/turn.ts';
import { locateConfig } from '../openclaw/config-location.ts';
import { recordFile } from '../ports/node/record-file.ts';
import { resolvePaths } from '../profile/paths.ts';
import { settleUpgrade, upgradeLock } from './settle.ts';
import { asideOf } from './state-copy.ts';
import { beginRollback } from './steps.ts';
import { readUpgradeRecord, type UpgradeRecord } from './upgrade-record.ts';
import { UpgradeRun } from './upgrade-run.ts';

export interface RollbackWish {
  readonly gateway: RunningGateway;
  readonly keepState: boolean;
  /** Hears of an upgrade or a rollback that was cut off, and is ended first. */
  readonly onCutOff?: (end: CutOffEnd) => void;
}

export interface Rollback {
  readonly from: string;
  readonly to: string;
  readonly running: boolean;
  /** Where the state of the version that is left went; `undefined`: it was kept as it is. */
  readonly aside?: string;
}

async function wayBack(path: string, profile: string, at: number): Promise<UpgradeRecord> {
  const text = await recordFile(path).load();
  const record = readUpgradeRecord(text ?? '');
  if (record !== undefined) return record;
  const detail =
    text === undefined
      ? `No upgrade of profile "${profile}" is on record.`
      : `What was written down of the last upgrade of profile "${profile}" cannot be read: ${path}`;
  throw new GatewayError(describeProblem('openclaw.no-previous', { detail }, at));
}

/** It may have been removed since: then what runs now goes on. */
async function checkThere(before: UpgradeRecord['before'], who: ForProfile, at: number): Promise<void> {
  if (before === undefined || !('version' in before)) return;
  const { version } = before;
  const installed = (await listOpenClaws(who)).versions.map((each) => each.version);
  if (installed.includes(version)) return;
  throw new GatewayError(describeProblem('openclaw.version-missing', { version, installed }, at));
}

/** One that was cut off came back from where this one is to come back from: to go on would be to go back twice. */
async function isWhatWasAsked({ end }: CutOffEnd, record: string): Promise<boolean> {
  // An upgrade that was finished has left its record, a rollback none.
  return end === 'back' || (end === 'finished' && (await recordFile(record).load()) === undefined);
}

/**
 * Goes back to the version before the last upgrade, and to the state as that one left it. What the newer one made of the state is
 * moved aside, never removed.
 * @throws GatewayError `openclaw.no-previous`, `openclaw.version-missing`, and what stopping and starting throw.
 */
export async function rollbackOpenClaw(wish: RollbackWish, who: ForProfile): Promise<Rollback> {
  const paths = resolvePaths(who);
  const ports = machinePorts(who.env);
  const { gateway, keepState } = wish;
  const cutOff = await settleUpgrade({ gateway }, who);
  if (cutOff !== undefined) wish.onCutOff?.(cutOff);
  if (cutOff !== undefined && (await isWhatWasAsked(cutOff, paths.upgrade))) {
    const [from, to] = cutOff.end === 'back' ? [cutOff.to, cutOff.from] : [cutOff.from, cutOff.to];
    return { from, to, running: (await gateway.runs()) !== undefined };
  }
  let waited = false;
  const release = await takeTurn(upgradeLock(paths), ports, undefined, () => {
    waited = true;
  });
  if (waited) {
    // Whoever was at it has changed what there is to go back to, or died over it.
    release();
    return rollbackOpenClaw(wish, who);
  }
  try {
    const at = ports.clock.wallTime();
    const { from, to, before, backup } = await wayBack(paths.upgrade, who.profile, at);
    await checkThere(before, who, at);
    if (backup !== undefined && !keepState && !(await ports.folders.exists(backup))) {
      const how = `To run ${from} on the state as it is now: deskclaw openclaw rollback --keep-state`;
      const detail = `The state as ${from} left it is no longer in ${backup}. ${how}`;
      throw new GatewayError(describeProblem('openclaw.no-previous', { detail }, at));
    }
    const running = (await gateway.runs()) !== undefined;
    const { stateDir, configPath } = await locateConfig(undefined, thisMachine(who.env), ports.files);
    const place = { stateDir, configPath };
    const run = new UpgradeRun(
      {
        kind: 'rollback',
        origin: { version: from, setting: before },
        other: to,
        place,
        backup: keepState ? undefined : backup,
        aside: asideOf(place, to, at),
        earlier: undefined,
      },
      { gateway, ports, who },
    );
    const end = await run.toItsEnd(beginRollback(running));
    if (end.kind === 'failed') {
      // What was stopped for this runs again, where it may: the state is its own as before.
      if (running && end.end === 'untouched') await gateway.start().catch(() => undefined);
      throw run.error;
    }
    return { from: to, to: from, running, ...(run.aside === undefined ? {} : { aside: run.aside }) };
  } finally {
    release();
  }
}
