import { randomUUID } from 'node:crypto';
import { errorCode, GatewayError, nodeClock, nodeProcessTable } from '@deskclaw/core';
import { acquireOwnerLock, currentRealm, type LockHolder, ownIdentity } from '@deskclaw/core/internal';
import { describeProblem } from '@deskclaw/protocol';
import { probeSocket } from '../control/unix-socket.ts';
import { lockedElsewhere } from '../profile/locked-elsewhere.ts';
import type { Paths } from '../profile/paths.ts';

function locked(detail: string): GatewayError {
  return new GatewayError(describeProblem('state.locked', { detail }, nodeClock.wallTime()));
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
        throw new GatewayError(lockedElsewhere(`The profile "${paths.profile}"`, paths.lock, lock.by, mine.realm, at));
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
    throw new GatewayError(
      describeProblem(full ? 'disk.full' : 'state.read-only', { detail, folder: paths.state }, at),
    );
  }
}
