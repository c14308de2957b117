import { nodeClock } from '@deskclaw/core';
import { findKilledHost, type KilledHost, killedRecord, readJournal, resolvePaths } from '@deskclaw/host';
import { type HistoryRow, historyRows, type JournalPage, type JournalQuery } from '@deskclaw/protocol';
import type { Shell } from '../shell.ts';
import { findAnyHost } from './find-host.ts';

/** How many of the newest records are read where no time is named: enough for weeks, and read within 0.1 s. */
const NEWEST_RECORDS = 20_000;

/** Reads the journal of the profile from its files: the same with and without a host. */
export function readProfileJournal(shell: Shell, query: JournalQuery): Promise<JournalPage> {
  return readJournal(resolvePaths({ name: shell.profile, env: shell.env }).journal, query, nodeClock);
}

/** How long before a time the records are read that may belong to an interruption at that time. */
const LEAD_MS = 86_400_000;

/** A host that was killed, which only the next one records. */
async function unrecordedKill(shell: Shell): Promise<KilledHost | undefined> {
  const killed = findKilledHost(resolvePaths({ name: shell.profile, env: shell.env }));
  if (killed === undefined) return undefined;
  const running = await findAnyHost(shell).catch(() => undefined);
  running?.client.close();
  return running === undefined ? killed : undefined;
}

/**
 * Returns the rows of the history that end at or after a time. Earlier records are read with them, so that an
 * interruption under way at that time is whole.
 */
export async function readHistoryRows(shell: Shell, since: number | undefined): Promise<readonly HistoryRow[]> {
  const query = since === undefined ? { limit: NEWEST_RECORDS } : { since: since - LEAD_MS };
  const { records: written } = await readProfileJournal(shell, query);
  const killed = await unrecordedKill(shell);
  const records = killed === undefined ? written : [...written, killedRecord(killed, written.at(-1)?.at)];
  return historyRows(records, shell.now()).filter((row) => since === undefined || row.to >= since);
}
