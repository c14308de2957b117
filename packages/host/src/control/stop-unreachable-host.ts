import { type Clock, GatewayError, nodeProcessTable } from '@deskclaw/core';
import { currentRealm, delay, lockHolder, sameProcess } from '@deskclaw/core/internal';
import { describeProblem } from '@deskclaw/protocol';
import type { Paths } from '../profile/paths.ts';

const POLL_INTERVAL_MS = 20;
/** A host stops its gateway first: SIGTERM, and SIGKILL after 5 s by default. */
const TERMINATE_MS = 15_000;
const KILL_MS = 5_000;

/**
 * Ends the living host of a profile that cannot be asked to: its sockets are gone, or it does not answer. SIGTERM, which makes a
 * host stop its gateway; with `force` SIGKILL where that does not help, which leaves the gateway to `stopOrphan`.
 * @returns the pid of the host that was ended; `undefined` where none lives.
 * @throws GatewayError `host.unreachable` for a host that is still there.
 */
export async function stopUnreachableHost(
  paths: Paths,
  clock: Clock,
  { force }: { readonly force: boolean },
): Promise<number | undefined> {
  const found = lockHolder(paths.lock, nodeProcessTable, currentRealm());
  if (found?.presence !== 'alive') return undefined;
  const { holder } = found;
  const endedBy = async (signal: 'SIGTERM' | 'SIGKILL', withinMs: number): Promise<boolean> => {
    nodeProcessTable.signal(holder, signal);
    const until = clock.now() + withinMs;
    while (sameProcess(holder, nodeProcessTable.find(holder.pid))) {
      if (clock.now() >= until) return false;
      await delay(clock, POLL_INTERVAL_MS);
    }
    return true;
  };
  if (await endedBy('SIGTERM', force ? KILL_MS : TERMINATE_MS)) return holder.pid;
  if (force && (await endedBy('SIGKILL', KILL_MS))) return holder.pid;
  const how = force ? 'SIGKILL does not end it' : 'It does not react to SIGTERM; "deskclaw stop --force" kills it';
  const detail = `The host of profile "${paths.profile}" (process ${String(holder.pid)}) does not answer. ${how}.`;
  throw new GatewayError(describeProblem('host.unreachable', { detail }, clock.wallTime()));
}
