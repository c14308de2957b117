import { setTimeout as wait } from 'node:timers/promises';
import type { HostSession } from '../host-session.ts';

const POLL_MS = 5;
const GONE_WITHIN_MS = 5_000;

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * Ends a background host and waits until its process is gone, so that the next command finds no half-dead one.
 * The host is nobody's child, so the system offers no event for its end: it is looked for.
 */
export async function endHost(session: HostSession): Promise<void> {
  await session.client.call('host.shutdown');
  await session.client.closed;
  for (let waited = 0; exists(session.info.pid) && waited < GONE_WITHIN_MS; waited += POLL_MS) await wait(POLL_MS);
}
