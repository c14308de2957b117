import { join } from 'node:path';
import { type Clock, GatewayError } from '@deskclaw/core';
import { type Redactor, RingBuffer } from '@deskclaw/core/internal';
import { cleanLine, describeProblem, type LogQuery, type LogRecord, logLevels } from '@deskclaw/protocol';
import { PatternMatcher } from './pattern-matcher.ts';
import { RotatingFile } from './rotating-file.ts';

const RING_LINES = 5_000;
const DEFAULT_LIMIT = 200;
const FILE_BYTES = 5 * 1024 * 1024;
const OLDER_FILES = 4;
/** Searches with a pattern run one after another: each may take a thread of its own and a processor for seconds. */
const MAX_WAITING_SEARCHES = 8;

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
  readonly #clock: Clock;
  #searches = 0;
  #lastSearch: Promise<unknown> = Promise.resolve();

  constructor(options: {
    readonly folder: string;
    readonly clock: Clock;
    readonly redactor: Redactor;
    readonly onRecord: (record: LogRecord) => void;
    readonly onError: (error: Error) => void;
  }) {
    this.#redactor = options.redactor;
    this.#clock = options.clock;
    this.#onRecord = options.onRecord;
    this.#file = new RotatingFile(
      join(options.folder, 'gateway.log'),
      { maxBytes: FILE_BYTES, keep: OLDER_FILES },
      options.onError,
    );
  }

  add(raw: LogRecord): void {
    const record = { ...raw, text: this.#redactor.text(cleanLine(raw.text)) };
    this.#ring.push(record);
    this.#file.append(`${new Date(record.at).toISOString()} ${record.source} ${record.level} ${record.text}`);
    this.#onRecord(record);
  }

  /** @throws GatewayError `request.invalid` where the pattern of the query takes too long, `request.overloaded`. */
  async query(query: LogQuery): Promise<LogQueryResult> {
    const minimumLevel = query.level === undefined ? 0 : logLevels.indexOf(query.level);
    const candidates = this.#ring
      .items()
      .filter(
        (record) =>
          (query.since === undefined || record.at >= query.since) &&
          (query.source === undefined || record.source === query.source) &&
          logLevels.indexOf(record.level) >= minimumLevel,
      );
    const found = query.grep === undefined ? candidates : await this.#search(query.grep, candidates);
    const limit = query.limit ?? DEFAULT_LIMIT;
    return { records: limit === 0 ? [] : found.slice(-limit), truncated: this.#ring.truncated || found.length > limit };
  }

  async #search(pattern: string, records: readonly LogRecord[]): Promise<readonly LogRecord[]> {
    if (this.#searches >= MAX_WAITING_SEARCHES) {
      const limit = `${String(MAX_WAITING_SEARCHES)} searches of the logs at a time`;
      throw new GatewayError(describeProblem('request.overloaded', { limit }, this.#clock.wallTime()));
    }
    this.#searches += 1;
    const before = this.#lastSearch;
    const search = before.then(async () => {
      const matcher = new PatternMatcher(pattern, this.#clock);
      try {
        const matches = await matcher.match(records.map(({ text }) => text));
        return records.filter((_record, index) => matches[index] === true);
      } finally {
        matcher.close();
        this.#searches -= 1;
      }
    });
    this.#lastSearch = search.catch(() => undefined);
    return search;
  }

  async flush(): Promise<void> {
    await this.#file.flush();
  }
}
