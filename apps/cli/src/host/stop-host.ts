import { setTimeout as wait } from 'node:timers/promises';
import { nodeProcessTable, errorCode } from '@deskclaw/core';
import type { HostSession } from './host-session.ts';

const POLL_MS = 5;
const EXIT_TIMEOUT_MS = 5_000;

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
  // A dead one answers too until its parent has asked for it; the table tells the two apart.
  return nodeProcessTable.find(pid) !== undefined;
}

/**
 * Ends a background host and waits until its process is gone, so that the next command finds no half-dead one.
 * The host is nobody's child, so the system offers no event for its end: it is looked for.
 */
export async function stopHost(session: HostSession): Promise<void> {
  await session.client.call('host.shutdown');
  await session.client.closed;
  for (let waited = 0; isRunning(session.info.pid) && waited < EXIT_TIMEOUT_MS; waited += POLL_MS) await wait(POLL_MS);
}
