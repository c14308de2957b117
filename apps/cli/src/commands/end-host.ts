import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { HostSession } from '../host-session.ts';

const POLL_MS = 5;
const GONE_WITHIN_MS = 5_000;

/** Dead, but its parent (an init that takes its time) has not asked how it ended. */
function isZombie(pid: number): boolean {
  try {
    // After the name, which is in brackets and may hold anything: the state.
    return /^\) Z/.test(readFileSync(`/proc/${String(pid)}/stat`, 'utf8').replace(/^.*(?=\) )/s, ''));
  } catch {
    return false;
  }
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  return !isZombie(pid);
}

/**
 * Ends a background host and waits until its process is gone, so that the next command finds no half-dead one.
 * The host is nobody's child, so the system offers no event for its end: it is looked for.
 */
export async function endHost(session: HostSession): Promise<void> {
  await session.client.call('host.shutdown');
  await session.client.closed;
  for (let waited = 0; runs(session.info.pid) && waited < GONE_WITHIN_MS; waited += POLL_MS) await wait(POLL_MS);
}
