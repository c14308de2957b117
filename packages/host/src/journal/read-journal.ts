import { open, readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Clock } from '@deskclaw/core';
import { delay } from '@deskclaw/core/internal';
import { fitsQuery, type JournalPage, type JournalQuery, type JournalRecord, parseJournal } from '@deskclaw/protocol';

/** How long records are shown and their files kept. */
export const JOURNAL_KEEP_MS = 30 * 86_400_000;
/** Enough for a million records; a gateway that is left alone writes a few dozen a day. */
export const journalRotation = { maxBytes: 4 * 1024 * 1024, keep: 63 };

/** Lines parsed at once, about 5 ms: a host answers others between two pieces of a long journal. */
const PIECE_LINES = 2_000;
/** The first record of a file is within these bytes. */
const HEAD_BYTES = 64 * 1024;

/** Returns the files of a journal that exist, newest first: `journal.ndjson`, then `.1`, `.2` and so on. */
export async function journalFiles(path: string): Promise<readonly string[]> {
  const name = basename(path);
  const names = await readdir(dirname(path)).catch(() => []);
  const ages = names.flatMap((each) => {
    if (each === name) return [0];
    const age = each.startsWith(`${name}.`) ? Number(each.slice(name.length + 1)) : Number.NaN;
    return Number.isInteger(age) && age > 0 ? [age] : [];
  });
  return ages
    .toSorted((one, other) => one - other)
    .map((age) => join(dirname(path), age === 0 ? name : `${name}.${String(age)}`));
}

async function readHead(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Returns the time of the first record of a file; `undefined` for one without a record. */
async function firstTime(path: string): Promise<number | undefined> {
  return parseJournal(await readHead(path).catch(() => ''))[0]?.at;
}

/** Returns the time of the oldest record of the files, newest file first; `undefined` without one. */
export async function oldestRecordTime(files: readonly string[]): Promise<number | undefined> {
  for (const file of files.toReversed()) {
    const at = await firstTime(file);
    if (at !== undefined) return at;
  }
  return undefined;
}

/** Reads a file piece by piece; a file that rotation removed meanwhile has no records. */
async function readRecords(path: string, clock: Clock): Promise<readonly JournalRecord[]> {
  const lines = (await readFile(path, 'utf8').catch(() => '')).split('\n');
  const records: JournalRecord[] = [];
  for (let start = 0; start < lines.length; start += PIECE_LINES) {
    if (start > 0) await delay(clock, 0);
    records.push(...parseJournal(lines.slice(start, start + PIECE_LINES).join('\n')));
  }
  return records;
}

/**
 * Reads the newest records that a query asks for from the files of a journal, rotated ones included: newest file first, and
 * no older one than the answer needs. Needs no host. Lines that are no records, such as one that a crash cut, are skipped.
 */
export async function readJournal(path: string, query: JournalQuery, clock: Clock): Promise<JournalPage> {
  const oldestShown = clock.wallTime() - JOURNAL_KEEP_MS;
  const since = Math.max(query.since ?? oldestShown, oldestShown);
  const limit = query.limit ?? Number.POSITIVE_INFINITY;
  const files = await journalFiles(path);
  const oldest = await oldestRecordTime(files);
  const pages: (readonly JournalRecord[])[] = [];
  let count = 0;
  for (const file of files) {
    if (count > limit) break;
    const records = await readRecords(file, clock);
    const fitting = records.filter((record) => fitsQuery(record, { ...query, since }));
    pages.unshift(fitting);
    count += fitting.length;
    const first = records[0];
    if (first !== undefined && first.at < since) break;
  }
  const all = pages.flat();
  return {
    records: limit === 0 ? [] : all.slice(-limit),
    ...(oldest === undefined ? {} : { oldestAt: Math.max(oldest, oldestShown) }),
    truncated: all.length > limit,
  };
}
