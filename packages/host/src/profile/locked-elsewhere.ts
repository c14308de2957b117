import type { LockHolder, ProcessRealm } from '@deskclaw/core/internal';
import { describeProblem, type Problem } from '@deskclaw/protocol';

/**
 * Describes the lock of a process of another container or machine, which may be alive there: nobody here can tell.
 * @param what what the lock protects, as the start of a sentence
 */
export function lockedElsewhere(
  what: string,
  lock: string,
  { pid, realm }: LockHolder,
  here: ProcessRealm | undefined,
  at: number,
): Problem {
  const where = realm?.boot === here?.boot ? 'another container' : `another machine (${realm?.machine ?? 'unnamed'})`;
  const detail = `${what} is owned by process ${String(pid)} of ${where}, which may be alive.`;
  return describeProblem('state.locked', { detail, lock }, at);
}
