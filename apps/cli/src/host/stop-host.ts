import { setTimeout as wait } from 'node:timers/promises';
import { errorCode, nodeProcessTable } from '@deskclaw/core';
import type { HostSession } from './host-connection.ts';

const POLL_MS = 5;
const EXIT_TIMEOUT_MS = 5_000;

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
  // A zombie answers too until its parent has reaped it; the process table tells the difference.
  return nodeProcessTable.find(pid) !== undefined;
}

/**
 * Stops a background host and waits until its process is gone, so that the next command finds no half-dead host. The host
 * is not our child and sends no exit event, so its pid is polled.
 */
export async function stopHost(session: HostSession): Promise<void> {
  await session.client.call('host.shutdown');
  await hostGone(session);
}

/** Stops a background host unless its gateway runs or starts. Returns whether it stopped. */
export async function stopIdleHost(session: HostSession): Promise<boolean> {
  const { stopping } = await session.client.call('host.shutdown', { ifIdle: true });
  if (stopping) await hostGone(session);
  return stopping;
}

/** Resolves when the process of a host that ends is gone. */
export async function hostGone(session: HostSession): Promise<void> {
  await session.client.closed;
  for (let waited = 0; isRunning(session.info.pid) && waited < EXIT_TIMEOUT_MS; waited += POLL_MS) await wait(POLL_MS);
}
