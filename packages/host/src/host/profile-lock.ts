import { randomUUID } from 'node:crypto';
import { errorCode, GatewayError, nodeClock, nodeProcessTable } from '@deskclaw/core';
import { acquireOwnerLock, ownIdentity } from '@deskclaw/core/internal';
import { describeProblem } from '@deskclaw/protocol';
import type { Paths } from '../profile/paths.ts';

/**
 * Makes this process the one owner of the profile.
 * @returns a function that releases the lock.
 * @throws GatewayError `state.locked` where another process is, `state.read-only`, `disk.full`.
 */
export function acquireProfileLock(paths: Paths): () => void {
  const at = nodeClock.wallTime();
  try {
    const lock = acquireOwnerLock(paths.lock, { ...ownIdentity(), nonce: randomUUID() }, nodeProcessTable);
    if (lock.kind === 'held') return lock.release;
    const by = lock.by === undefined ? 'another process' : `process ${String(lock.by.pid)}`;
    throw new GatewayError(
      describeProblem('state.locked', { detail: `The profile "${paths.profile}" is owned by ${by}.` }, at),
    );
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    const full = errorCode(error) === 'ENOSPC';
    const detail = `${paths.state}: ${error instanceof Error ? error.message : String(error)}`;
    throw new GatewayError(describeProblem(full ? 'disk.full' : 'state.read-only', { detail }, at));
  }
}
