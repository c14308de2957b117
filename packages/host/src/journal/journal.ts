import { readFileSync } from 'node:fs';
import { type Redactor, RingBuffer } from '@deskclaw/core/internal';
import { cleanData, cleanText, isObject, type JournalRecord, parseJournal } from '@deskclaw/protocol';
import { RotatingFile } from './rotating-file.ts';

const RING_RECORDS = 2_000;
const FILE_BYTES = 4 * 1024 * 1024;
const OLDER_FILES = 2;
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
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

/** Every start, exit, drop and reconnect with its cause and duration; outlives the process. */
export class Journal {
  readonly #ring = new RingBuffer<JournalRecord>(RING_RECORDS);
  readonly #file: RotatingFile;
  readonly #redactor: Redactor;
  readonly #onRecord: (record: JournalRecord) => void;

  constructor(options: {
    readonly path: string;
    readonly redactor: Redactor;
    readonly onRecord: (record: JournalRecord) => void;
    readonly onError: (error: Error) => void;
  }) {
    this.#redactor = options.redactor;
    this.#onRecord = options.onRecord;
    this.#file = new RotatingFile(options.path, { maxBytes: FILE_BYTES, keep: OLDER_FILES }, options.onError);
    const text = readText(options.path);
    for (const record of parseJournal(text)) this.#ring.push(record);
    // A last line cut in half must not swallow the next record.
    if (text !== '' && !text.endsWith('\n')) this.#file.append('');
  }

  add(raw: JournalRecord): void {
    const record = cleanRecord(raw, this.#redactor);
    this.#ring.push(record);
    this.#file.append(JSON.stringify(record));
    this.#onRecord(record);
  }

  query(query: { readonly since?: number; readonly limit?: number }): readonly JournalRecord[] {
    const { since } = query;
    const found = since === undefined ? this.#ring.items() : this.#ring.items().filter((record) => record.at >= since);
    return query.limit === undefined ? found : query.limit === 0 ? [] : found.slice(-query.limit);
  }

  async flush(): Promise<void> {
    await this.#file.flush();
  }
}
