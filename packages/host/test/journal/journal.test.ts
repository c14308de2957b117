import { appendFileSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redactor } from '@deskclaw/core/internal';
import { SimulatedClock } from '@deskclaw/core/testing';
import type { JournalRecord } from '@deskclaw/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appendRecord } from '../../src/host/record-without-host.ts';
import { Journal } from '../../src/journal/journal.ts';
import { JOURNAL_KEEP_MS, journalFiles, readJournal } from '../../src/journal/read-journal.ts';

const clock = new SimulatedClock();
const now = clock.wallTime();
let folder: string;
let path: string;
let opened: Journal[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deskclaw-journal-'));
  path = join(folder, 'journal.ndjson');
  opened = [];
});
afterEach(async () => {
  await Promise.all(opened.map((journal) => journal.flush()));
  rmSync(folder, { recursive: true, force: true });
});

const record = (what: string, at = now): JournalRecord => ({ at, category: 'process', what });

function open(): Journal {
  const journal = new Journal({
    path,
    clock,
    redactor: new Redactor(),
    onRecord: () => undefined,
    onError: (error) => {
      throw error;
    },
  });
  opened.push(journal);
  return journal;
}

/** Writes files as rotation leaves them, the oldest first. */
function writeFiles(...files: readonly (readonly JournalRecord[])[]): void {
  for (const [index, records] of files.toReversed().entries()) {
    const name = index === 0 ? path : `${path}.${String(index)}`;
    writeFileSync(name, records.map((each) => `${JSON.stringify(each)}\n`).join(''));
  }
}

const whats = (records: readonly JournalRecord[]) => records.map(({ what }) => what);

describe('Journal', () => {
  it('the next process reads the records of the one before', async () => {
    const first = open();
    const dropped: JournalRecord = {
      at: now,
      category: 'connection',
      what: 'dropped',
      cause: '1006',
      durationMs: 5,
      data: { attempts: 3 },
    };
    first.add(record('started', now - 1));
    first.add(dropped);
    await first.flush();
    const page = await open().query({});
    expect(page).toEqual({ records: [record('started', now - 1), dropped], oldestAt: now - 1, truncated: false });
  });

  it('loses only the line that was cut, and nothing written after it', async () => {
    const first = open();
    first.add(record('kept'));
    await first.flush();
    appendFileSync(path, '{"at":2,"category":"proc');
    const second = open();
    second.add(record('after'));
    await second.flush();
    expect(whats((await open().query({})).records)).toEqual(['kept', 'after']);
  });

  it('a query names a time, categories and a number, and says whether there was more', async () => {
    const journal = open();
    for (const at of [1, 2, 3, 4]) journal.add(record(String(at), now - 10 + at));
    journal.add({ at: now, category: 'host', what: 'started' });
    const ask = async (query: Parameters<Journal['query']>[0]) => {
      const { records, truncated } = await journal.query(query);
      return [...whats(records), truncated];
    };
    expect(await ask({ since: now - 8, limit: 2 })).toEqual(['4', 'started', true]);
    expect(await ask({ since: now - 8, until: now - 7 })).toEqual(['2', '3', false]);
    expect(await ask({ before: now - 8 })).toEqual(['1', false]);
    expect(await ask({ categories: ['host'] })).toEqual(['started', false]);
    expect(await ask({ limit: 0 })).toEqual([true]);
    expect(await ask({ limit: 1 })).toEqual(['started', true]);
  });

  it('reads rotated files, also of an earlier host, no older than 30 days', async () => {
    const day = 86_400_000;
    writeFiles(
      [record('too old', now - 31 * day), record('29 days', now - 29 * day)],
      [record('two days', now - 2 * day)],
      [record('today', now - 5)],
    );
    const journal = open();
    journal.add(record('now'));
    const { records, oldestAt } = await journal.query({});
    expect(whats(records)).toEqual(['29 days', 'two days', 'today', 'now']);
    expect(oldestAt).toBe(now - JOURNAL_KEEP_MS);
    expect(whats((await journal.query({ since: now - 3 * day })).records)).toEqual(['two days', 'today', 'now']);
    expect(whats((await journal.query({ since: now - 5 * day, limit: 2 })).records)).toEqual(['today', 'now']);
  });

  it('removes rotated files that are older than 30 days', async () => {
    writeFiles([record('old', 1)], [record('new')]);
    const old = (now - JOURNAL_KEEP_MS) / 1_000 - 60;
    utimesSync(`${path}.1`, old, old);
    open();
    await expect.poll(() => journalFiles(path)).toEqual([path]);
  });

  it('tells listeners at once and writes the file behind them', async () => {
    const heard: string[] = [];
    const journal = new Journal({
      path,
      clock,
      redactor: new Redactor(),
      onRecord: ({ what }) => heard.push(what),
      onError: () => undefined,
    });
    opened.push(journal);
    journal.add(record('first'));
    expect(heard).toEqual(['first']);
    expect(journal.lastAt).toBe(now);
    await journal.flush();
    expect(readFileSync(path, 'utf8')).toContain('"first"');
  });
});

describe('readJournal', () => {
  it('reads the same without a host, also a record that a command added after a cut line', async () => {
    writeFileSync(path, `${JSON.stringify(record('first'))}\n{"at":2,"cat`);
    appendRecord(path, record('second'));
    expect(whats((await readJournal(path, {}, clock)).records)).toEqual(['first', 'second']);
  });

  it('has no records where there is no journal', async () => {
    expect(await readJournal(path, {}, clock)).toEqual({ records: [], truncated: false });
  });
});
