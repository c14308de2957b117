import { randomUUID } from 'node:crypto';
import { errorCode, GatewayError, nodeClock, nodeProcessTable } from '@deskclaw/core';
import { acquireOwnerLock, currentRealm, type LockHolder, ownIdentity } from '@deskclaw/core/internal';
import { describeProblem } from '@deskclaw/protocol';
import { probeSocket } from '../control/unix-socket.ts';
import type { Paths } from '../profile/paths.ts';

function locked(detail: string): GatewayError {
  return new GatewayError(describeProblem('state.locked', { detail }, nodeClock.wallTime()));
}

/** Describes a holder that is a process of another container or machine and may be alive there. */
function ownedElsewhere(paths: Paths, { pid, realm }: LockHolder): GatewayError {
  const where =
    realm?.boot === currentRealm().boot ? 'another container' : `another machine (${realm?.machine ?? '?'})`;
  return locked(
    `The profile "${paths.profile}" is owned by process ${String(pid)} of ${where}, which may be alive. ` +
      `If it is not, remove ${paths.lock} and start again.`,
  );
}

/**
 * Makes this process the one owner of the profile. The lock names the sockets on which it will answer.
 * @returns a function that releases the lock.
 * @throws GatewayError `state.locked` where another process is or may be, `state.read-only`, `disk.full`.
 */
export async function acquireProfileLock(paths: Paths): Promise<() => void> {
  const at = nodeClock.wallTime();
  const endpoints = [paths.stateSocket, paths.socket];
  const mine: LockHolder = { ...ownIdentity(), nonce: randomUUID(), realm: currentRealm(), endpoints };
  try {
    let lock = acquireOwnerLock(paths.lock, mine, nodeProcessTable);
    // A socket says across containers of one kernel whether its host lives.
    if (
      lock.kind === 'elsewhere' &&
      lock.by.realm?.boot === mine.realm?.boot &&
      (await probeSocket(paths.stateSocket)) === 'dead'
    )
      lock = acquireOwnerLock(paths.lock, mine, nodeProcessTable, { presumedDead: lock.by.nonce });
    switch (lock.kind) {
      case 'held':
        return lock.release;
      case 'elsewhere':
        throw ownedElsewhere(paths, lock.by);
      case 'taken': {
        const by = lock.by === undefined ? 'another process' : `process ${String(lock.by.pid)}`;
        throw locked(`The profile "${paths.profile}" is owned by ${by}.`);
      }
      default:
        return lock satisfies never;
    }
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    const full = errorCode(error) === 'ENOSPC';
    const detail = `${paths.state}: ${error instanceof Error ? error.message : String(error)}`;
    throw new GatewayError(describeProblem(full ? 'disk.full' : 'state.read-only', { detail }, at));
  }
}
