import { type Clock, GatewayError, type Random } from '@deskclaw/core';
import { acquireOwnerLock, delay, type ProcessIdentity, type ProcessTable } from '@deskclaw/core/internal';
import { describeProblem } from '@deskclaw/protocol';

const POLL_INTERVAL_MS = 200;

export interface LockPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly processes: ProcessTable;
  readonly self: ProcessIdentity;
}

/**
 * Acquires a lock file, polling while another process holds it. The lock of a dead process is taken over.
 * @returns a function that releases the lock.
 */
export async function acquireLock(
  lock: string,
  ports: LockPorts,
  signal: AbortSignal | undefined,
  onWaiting: (pid: number | undefined) => void,
): Promise<() => void> {
  const self = { ...ports.self, nonce: ports.random.uuid() };
  for (;;) {
    const attempt = acquireOwnerLock(lock, self, ports.processes);
    if (attempt.kind === 'held') return attempt.release;
    if (signal?.aborted === true) {
      const detail = 'The wait for another installation was stopped.';
      throw new GatewayError(describeProblem('aborted', { detail }, ports.clock.wallTime()));
    }
    onWaiting(attempt.by?.pid);
    await delay(ports.clock, POLL_INTERVAL_MS);
  }
}
