import { join } from 'node:path';
import { describeProblem } from '@deskclaw/protocol';
import type { ForProfile } from '../managed/here.ts';
import { diskProblem } from '../managed/install-problems.ts';
import { machinePorts, thisMachine } from '../managed/on-this-machine.ts';
import { locateConfig } from '../openclaw/config-location.ts';
import { recordFile } from '../ports/node/record-file.ts';
import { writeSetting } from '../profile/edit-config.ts';
import { resolvePaths } from '../profile/paths.ts';
import { GatewayError } from '../rpc/gateway-error.ts';
import type { RunningGateway } from './running-gateway.ts';
import { copyPlace, restoreState } from './state-copy.ts';
import { readUpgradeRecord } from './upgrade-record.ts';

export interface Rollback {
  readonly from: string;
  readonly to: string;
  readonly running: boolean;
  /** Where the state of the version that is left went; `undefined`: it was kept as it is. */
  readonly aside?: string;
}

/**
 * Goes back to the version before the last upgrade, and to the state as that one left it. What the newer one made of the state is
 * moved aside, never removed.
 * @throws GatewayError `openclaw.no-previous`, and what stopping and starting throw.
 */
export async function rollbackOpenClaw(
  wish: { readonly gateway: RunningGateway; readonly keepState: boolean },
  who: ForProfile,
): Promise<Rollback> {
  const paths = resolvePaths(who);
  const { clock, files, folders } = machinePorts(who.env);
  const file = recordFile(paths.upgrade);
  const record = readUpgradeRecord((await file.load()) ?? '');
  if (record === undefined) {
    const detail = `No upgrade of profile "${who.profile}" is on record.`;
    throw new GatewayError(describeProblem('openclaw.no-previous', { detail }, clock.wallTime()));
  }
  const { runs } = wish.gateway;
  if (runs !== undefined) await wish.gateway.stop();
  let aside: string | undefined;
  try {
    const place = await locateConfig(undefined, thisMachine(who.env), files);
    if (!wish.keepState && record.backup !== undefined) {
      const name = `${place.stateDir}.of-${record.to}-${String(clock.wallTime())}`;
      aside = await restoreState(copyPlace(record.backup, place, join), place, name, folders);
    }
    writeSetting(paths.config, who.profile, 'openclaw', record.before);
    await file.clear();
  } catch (error) {
    // What was stopped for this runs again, whatever became of it.
    if (runs !== undefined) await wish.gateway.start().catch(() => undefined);
    throw diskProblem(error, paths.data, clock.wallTime());
  }
  if (runs !== undefined) await wish.gateway.start();
  return { from: record.to, to: record.from, running: runs !== undefined, ...(aside === undefined ? {} : { aside }) };
}
