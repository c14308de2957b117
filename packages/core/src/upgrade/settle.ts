import { join } from 'node:path';
import { type CutOffEnd, describeProblem } from '@deskclaw/protocol';
import { GatewayError } from '../errors/gateway-error.ts';
import type { RunningGateway } from '../host/running-gateway.ts';
import type { ForProfile } from '../managed/here.ts';
import type { InstallPorts } from '../managed/install.ts';
import { machinePorts } from '../managed/on-this-machine.ts';
import { takeTurn } from '../managed/turn.ts';
import { sameProcess } from '../process/ownership.ts';
import { type Paths, resolvePaths } from '../profile/paths.ts';
import { afterCut } from './steps.ts';
import { type Begun, UpgradeJournal } from './undertaking.ts';
import { UpgradeRun } from './upgrade-run.ts';
import { cutOffWords } from './upgrade-words.ts';

export interface SettleWish {
  readonly gateway: RunningGateway;
  /** Whether a gateway that ran when it was cut off is started again. Default true. */
  readonly startAgain?: boolean;
  readonly signal?: AbortSignal;
}

export function upgradeLock(paths: Paths): string {
  return join(paths.data, 'upgrade.lock');
}

/** What was begun and is nobody's any more. */
async function leftOpen(paths: Paths, ports: InstallPorts): Promise<Begun | 'unreadable' | undefined> {
  const begun = await new UpgradeJournal(paths.upgradeJournal).load();
  if (begun === undefined || begun === 'unreadable' || begun.by === undefined) return begun;
  const { by } = begun;
  // One of our own, once we have the turn, is one that could not be ended.
  const underWay = !sameProcess(by, ports.self) && sameProcess(by, ports.processes.find(by.pid));
  return underWay ? undefined : begun;
}

/** An upgrade or a rollback of the profile that was cut off and is not ended yet, in words; nothing is changed. */
export async function cutOffUpgrade(who: ForProfile): Promise<string | undefined> {
  const begun = await leftOpen(resolvePaths(who), machinePorts(who.env));
  if (begun === undefined) return undefined;
  return begun === 'unreadable' ? cutOffWords.unreadable : cutOffWords.open(begun);
}

/** Nothing can be told from it, so nothing is done by it; it is put aside, once. */
async function putAside(path: string, { folders, clock }: InstallPorts): Promise<CutOffEnd> {
  const at = clock.wallTime();
  const aside = `${path}.unreadable-${String(at)}`;
  await folders.move(path, aside);
  return { end: 'untouched', from: '', to: '', words: `${cutOffWords.unreadable} It is now ${aside}`, at };
}

/**
 * Ends well what was cut off: a version that had not got ready goes, the one before comes back on its own state; one that had
 * got ready stays. Nobody's but the dead's is touched.
 * @returns `undefined`: there is nothing to end.
 * @throws GatewayError `openclaw.upgrade-failed` where neither way is open; the next call tries again.
 */
export async function settleUpgrade(wish: SettleWish, who: ForProfile): Promise<CutOffEnd | undefined> {
  const paths = resolvePaths(who);
  const ports = machinePorts(who.env);
  if ((await leftOpen(paths, ports)) === undefined) return undefined;
  const release = await takeTurn(upgradeLock(paths), ports, wish.signal, () => undefined);
  try {
    const begun = await leftOpen(paths, ports);
    if (begun === undefined) return undefined;
    if (begun === 'unreadable') return await putAside(paths.upgradeJournal, ports);
    return await end(begun, wish, who, ports);
  } finally {
    release();
  }
}

async function gotReady({ state, undertaking }: Begun, gateway: RunningGateway): Promise<boolean> {
  if (state.step !== 'start') return false;
  const runs = await gateway.runs();
  if (runs?.version !== undertaking.other) return false;
  return gateway.start().then(
    () => true,
    () => false,
  );
}

async function end(begun: Begun, wish: SettleWish, who: ForProfile, ports: InstallPorts): Promise<CutOffEnd> {
  const { undertaking, state } = begun;
  const { gateway, startAgain = true } = wish;
  const run = new UpgradeRun(undertaking, { gateway, ports, who });
  const asked = { ...state, running: state.running && startAgain };
  const done = await run.toItsEnd(afterCut(asked, await gotReady(begun, gateway)));
  const at = ports.clock.wallTime();
  // Where nobody supervises, nothing was started.
  const runs = asked.running && (await gateway.runs()) !== undefined;
  const words = cutOffWords.ended(begun, done, runs, run.aside);
  const [from, to] = cutOffWords.versions(undertaking);
  if (done.kind === 'failed' && typeof done.end === 'object') {
    const { step, reason } = done.end.stuck;
    const facts = { from, to, step: cutOffWords.step(step), reason, now: words };
    throw new GatewayError(describeProblem('openclaw.upgrade-failed', facts, at));
  }
  const ended = done.kind === 'failed' ? (done.end === 'untouched' ? 'untouched' : 'back') : 'finished';
  return { end: ended, from, to, words, at };
}
