import { join } from 'node:path';
import { type Redactor, RingBuffer } from '@deskclaw/core/internal';
import { type LogQuery, type LogRecord, logLevels } from '@deskclaw/protocol';
import { RotatingFile } from './rotating-file.ts';

const RING_LINES = 5_000;
const DEFAULT_LIMIT = 200;
const FILE_BYTES = 5 * 1024 * 1024;
const OLDER_FILES = 4;

export interface LogQueryResult {
  readonly records: readonly LogRecord[];
  readonly truncated: boolean;
}

/** Output of the gateway and messages of the supervisor: the newest lines in memory, more in rotated files. */
export class LogBook {
  readonly #ring = new RingBuffer<LogRecord>(RING_LINES);
  readonly #file: RotatingFile;
  readonly #redactor: Redactor;
  readonly #onRecord: (record: LogRecord) => void;

  constructor(options: {
    readonly folder: string;
    readonly redactor: Redactor;
    readonly onRecord: (record: LogRecord) => void;
    readonly onError: (error: Error) => void;
  }) {
    this.#redactor = options.redactor;
    this.#onRecord = options.onRecord;
    this.#file = new RotatingFile(
      join(options.folder, 'gateway.log'),
      { maxBytes: FILE_BYTES, keep: OLDER_FILES },
      options.onError,
    );
  }

  add(raw: LogRecord): void {
    const record = { ...raw, text: this.#redactor.text(raw.text) };
    this.#ring.push(record);
    this.#file.append(`${new Date(record.at).toISOString()} ${record.source} ${record.level} ${record.text}`);
    this.#onRecord(record);
  }

  query(query: LogQuery): LogQueryResult {
    const pattern = query.grep === undefined ? undefined : new RegExp(query.grep, 'u');
    const minimumLevel = query.level === undefined ? 0 : logLevels.indexOf(query.level);
    const found = this.#ring
      .items()
      .filter(
        (record) =>
          (query.since === undefined || record.at >= query.since) &&
          (query.source === undefined || record.source === query.source) &&
          logLevels.indexOf(record.level) >= minimumLevel &&
          (pattern === undefined || pattern.test(record.text)),
      );
    const limit = query.limit ?? DEFAULT_LIMIT;
    return { records: limit === 0 ? [] : found.slice(-limit), truncated: this.#ring.truncated || found.length > limit };
  }

  async flush(): Promise<void> {
    await this.#file.flush();
  }
}
