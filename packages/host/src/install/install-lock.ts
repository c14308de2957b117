import { type Clock, GatewayError, type Random } from '@deskclaw/core';
import {
  acquireOwnerLock,
  delay,
  type ProcessIdentity,
  type ProcessRealm,
  type ProcessTable,
} from '@deskclaw/core/internal';
import { describeProblem } from '@deskclaw/protocol';
import { lockedElsewhere } from '../profile/locked-elsewhere.ts';

const POLL_INTERVAL_MS = 200;

export interface LockPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly processes: ProcessTable;
  readonly self: ProcessIdentity;
  /** Where the pids of `processes` mean something. */
  readonly realm: ProcessRealm;
}

/**
 * Acquires a lock file, polling while another process holds it. The lock of a dead process is taken over.
 * @returns a function that releases the lock.
 * @throws GatewayError `state.locked` where its holder may live in another container or machine, `aborted`.
 */
export async function acquireLock(
  lock: string,
  ports: LockPorts,
  signal: AbortSignal | undefined,
  onWaiting: (pid: number | undefined) => void,
): Promise<() => void> {
  const self = { ...ports.self, nonce: ports.random.uuid(), realm: ports.realm };
  for (;;) {
    const attempt = acquireOwnerLock(lock, self, ports.processes);
    if (attempt.kind === 'held') return attempt.release;
    if (attempt.kind === 'elsewhere') {
      const at = ports.clock.wallTime();
      throw new GatewayError(lockedElsewhere('The installation of OpenClaw', lock, attempt.by, ports.realm, at));
    }
    if (signal?.aborted === true) {
      const detail = 'The wait for another installation was stopped.';
      throw new GatewayError(describeProblem('aborted', { detail }, ports.clock.wallTime()));
    }
    onWaiting(attempt.by?.pid);
    await delay(ports.clock, POLL_INTERVAL_MS);
  }
}
