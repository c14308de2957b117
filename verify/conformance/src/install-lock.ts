import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { acquireOwnerLock, nodeProcessTable } from './ours.ts';

const POLL_INTERVAL_MS = 300;

/** Runs `work` under a lock between processes; waits for the lock, and takes it over from a dead holder. */
export async function exclusively<T>(lock: string, work: () => Promise<T>): Promise<T> {
  const startMark = nodeProcessTable.find(process.pid)?.startMark ?? '';
  const mine = { pid: process.pid, startMark, nonce: randomUUID() };
  let result = acquireOwnerLock(lock, mine, nodeProcessTable);
  for (; result.kind !== 'held'; result = acquireOwnerLock(lock, mine, nodeProcessTable)) await sleep(POLL_INTERVAL_MS);
  try {
    return await work();
  } finally {
    result.release();
  }
}
