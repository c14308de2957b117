import { nodeClock } from '@deskclaw/core';
import { readJournal, resolvePaths } from '@deskclaw/host';
import { type HistoryRow, historyRows, type JournalPage, type JournalQuery } from '@deskclaw/protocol';
import type { Shell } from '../shell.ts';

/** How many of the newest records are read where no time is named: enough for weeks, and read within 0.1 s. */
const NEWEST_RECORDS = 20_000;

/** Reads the journal of the profile from its files: the same with and without a host. */
export function readProfileJournal(shell: Shell, query: JournalQuery): Promise<JournalPage> {
  return readJournal(resolvePaths({ name: shell.profile, env: shell.env }).journal, query, nodeClock);
}

/** How long before a time the records are read that may belong to an interruption at that time. */
const LEAD_MS = 86_400_000;

/**
 * Returns the rows of the history that end at or after a time. Earlier records are read with them, so that an
 * interruption under way at that time is whole.
 */
export async function readHistoryRows(shell: Shell, since: number | undefined): Promise<readonly HistoryRow[]> {
  const query = since === undefined ? { limit: NEWEST_RECORDS } : { since: since - LEAD_MS };
  const { records } = await readProfileJournal(shell, query);
  return historyRows(records, shell.now()).filter((row) => since === undefined || row.to >= since);
}
