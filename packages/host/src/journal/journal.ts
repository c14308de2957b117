import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import type { Clock } from '@deskclaw/core';
import { type Redactor, RingBuffer } from '@deskclaw/core/internal';
import {
  cleanData,
  cleanText,
  fitsQuery,
  isObject,
  type JournalPage,
  type JournalQuery,
  type JournalRecord,
  parseJournal,
} from '@deskclaw/protocol';
import { JOURNAL_KEEP_MS, journalFiles, journalRotation, oldestRecordTime, readJournal } from './read-journal.ts';
import { RotatingFile } from './rotating-file.ts';

/** Records in memory, for the questions that screens ask: the newest ones. */
const RING_RECORDS = 2_000;
/** How much of the file is read at the start of a host, about 3,000 records. */
const TAIL_BYTES = 512 * 1024;
/** The limit of a query that names none. */
const DEFAULT_LIMIT = 2_000;

/** Returns the end of a text file, from its first whole line on. */
function readTail(path: string): string {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return '';
  }
  try {
    const { size } = fstatSync(file);
    const start = Math.max(0, size - TAIL_BYTES);
    const bytes = Buffer.alloc(size - start);
    const read = readSync(file, bytes, 0, bytes.length, start);
    const text = bytes.toString('utf8', 0, read);
    return start === 0 ? text : text.slice(text.indexOf('\n') + 1);
  } catch {
    return '';
  } finally {
    closeSync(file);
  }
}

function cleanRecord(record: JournalRecord, redactor: Redactor): JournalRecord {
  const { what, cause, data } = record;
  const clean = data === undefined ? undefined : redactor.value(cleanData(data));
  return {
    ...record,
    what: redactor.text(cleanText(what)),
    ...(cause === undefined ? {} : { cause: redactor.text(cleanText(cause)) }),
    ...(isObject(clean) ? { data: clean } : {}),
  };
}

export interface JournalOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly redactor: Redactor;
  readonly onRecord: (record: JournalRecord) => void;
  readonly onError: (error: Error) => void;
}

/** Every start, exit, drop and reconnect with its cause and duration; outlives the process. */
export class Journal {
  readonly #options: JournalOptions;
  readonly #ring = new RingBuffer<JournalRecord>(RING_RECORDS);
  readonly #file: RotatingFile;
  /** The time of the oldest stored record, once it is known. */
  #oldestAt: number | undefined;

  constructor(options: JournalOptions) {
    const { path, onError } = options;
    this.#options = options;
    this.#file = new RotatingFile(path, journalRotation, onError);
    const text = readTail(path);
    for (const record of parseJournal(text)) this.#ring.push(record);
    // A last line cut in half must not swallow the next record.
    if (text !== '' && !text.endsWith('\n')) this.#file.append('');
    void this.#removeOldFiles();
  }

  /** Why its file cannot be written; `undefined`: it can. */
  get writeFailure(): string | undefined {
    return this.#file.failure;
  }

  /** The time of the newest record, epoch ms. */
  get lastAt(): number | undefined {
    return this.#ring.items().at(-1)?.at;
  }

  /** Adds a record to memory and tells listeners at once; the file is written behind. */
  add(raw: JournalRecord): void {
    const record = cleanRecord(raw, this.#options.redactor);
    this.#ring.push(record);
    this.#file.append(JSON.stringify(record));
    this.#options.onRecord(record);
  }

  /** Answers from memory where the newest records are enough, else from the files. */
  async query(query: JournalQuery): Promise<JournalPage> {
    const limit = query.limit ?? DEFAULT_LIMIT;
    const found = this.#ring.items().filter((record) => fitsQuery(record, query));
    const oldest = this.#ring.items()[0];
    const isCovered = query.since !== undefined && oldest !== undefined && query.since > oldest.at;
    if (limit > 0 && (found.length > limit || isCovered)) {
      return { records: found.slice(-limit), truncated: found.length > limit, ...(await this.#oldest()) };
    }
    await this.flush();
    return readJournal(this.#options.path, { ...query, limit }, this.#options.clock);
  }

  async flush(): Promise<void> {
    await this.#file.flush();
  }

  async #oldest(): Promise<Pick<JournalPage, 'oldestAt'>> {
    this.#oldestAt ??= await oldestRecordTime(await journalFiles(this.#options.path));
    return this.#oldestAt === undefined ? {} : { oldestAt: this.#oldestAt };
  }

  /** Removes rotated files that were last written before the time that is kept. */
  async #removeOldFiles(): Promise<void> {
    const { path, clock } = this.#options;
    for (const file of (await journalFiles(path)).slice(1)) {
      const age =
        clock.wallTime() -
        (await stat(file).then(
          ({ mtimeMs }) => mtimeMs,
          () => Number.POSITIVE_INFINITY,
        ));
      if (age > JOURNAL_KEEP_MS) await rm(file, { force: true }).catch(() => undefined);
    }
  }
}
