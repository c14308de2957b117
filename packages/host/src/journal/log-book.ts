import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, GatewayError } from '@deskclaw/core';
import { type Redactor, RingBuffer } from '@deskclaw/core/internal';
import {
  type ControlMethods,
  cleanLine,
  describeProblem,
  type LogQuery,
  type LogRecord,
  logLevels,
} from '@deskclaw/protocol';
import { formatLogLine, parseLogLine } from './log-line.ts';
import { PatternMatcher } from './pattern-matcher.ts';
import { RotatingFile } from './rotating-file.ts';

const RING_LINES = 5_000;
/** About as many lines of an earlier host as the memory holds. */
const EARLIER_BYTES = 1024 * 1024;
const DEFAULT_LIMIT = 200;
const FILE_BYTES = 5 * 1024 * 1024;
const OLDER_FILES = 4;
/** Searches with a pattern run one after another: each may take a thread of its own and a processor for seconds. */
const MAX_WAITING_SEARCHES = 8;

interface LogTail {
  readonly records: readonly LogRecord[];
  /** Whether the file holds older lines. */
  readonly truncated: boolean;
}

/** Returns the records in the last `maxBytes` of a log file; none where it cannot be read. */
async function readLogTail(path: string, maxBytes: number): Promise<LogTail> {
  try {
    await using file = await open(path, 'r');
    const { size } = await file.stat();
    const start = Math.max(0, size - maxBytes);
    const bytes = Buffer.alloc(size - start);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
    const lines = bytes.toString('utf8', 0, bytesRead).split('\n');
    // The first line may have lost its beginning.
    const whole = start === 0 ? lines : lines.slice(1);
    return { records: whole.flatMap((line) => parseLogLine(line) ?? []), truncated: start > 0 };
  } catch {
    return { records: [], truncated: false };
  }
}

type LogQueryResult = ControlMethods['logs.query']['result'];

/**
 * Output of the gateway and messages of the supervisor: the newest lines in memory, those of earlier hosts included, more in
 * rotated files.
 */
export class LogBook {
  readonly #ring = new RingBuffer<LogRecord>(RING_LINES);
  readonly #file: RotatingFile;
  readonly #redactor: Redactor;
  readonly #onRecord: (record: LogRecord) => void;
  readonly #clock: Clock;
  /** The lines that earlier hosts wrote. */
  readonly #earlier: Promise<LogTail>;
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
    const path = join(options.folder, 'gateway.log');
    const startedAt = options.clock.wallTime();
    this.#earlier = readLogTail(path, EARLIER_BYTES).then(({ records, truncated }) => {
      const earlier = records.filter((record) => record.at < startedAt);
      return { records: earlier.slice(-RING_LINES), truncated: truncated || earlier.length > RING_LINES };
    });
    this.#file = new RotatingFile(path, { maxBytes: FILE_BYTES, keep: OLDER_FILES }, options.onError);
  }

  /** Why its file cannot be written; `undefined`: it can. */
  get writeFailure(): string | undefined {
    return this.#file.failure;
  }

  /** Adds one record for each line of a text. */
  add(raw: LogRecord): void {
    if (!raw.text.includes('\n')) this.#addLine(raw);
    else for (const text of this.#redactor.text(raw.text).split(/\r?\n/)) this.#addLine({ ...raw, text });
  }

  #addLine(raw: LogRecord): void {
    const record = { ...raw, text: this.#redactor.text(cleanLine(raw.text)) };
    this.#ring.push(record);
    this.#file.append(formatLogLine(record));
    this.#onRecord(record);
  }

  /** @throws GatewayError `request.invalid` where the pattern of the query takes too long, `request.overloaded`. */
  async query(query: LogQuery): Promise<LogQueryResult> {
    const minimumLevel = query.level === undefined ? 0 : logLevels.indexOf(query.level);
    const earlier = await this.#earlier;
    const known = [...earlier.records, ...this.#ring.items()];
    const held = known.slice(-RING_LINES);
    const candidates = held.filter(
      (record) =>
        (query.since === undefined || record.at >= query.since) &&
        (query.source === undefined || record.source === query.source) &&
        logLevels.indexOf(record.level) >= minimumLevel,
    );
    const found = query.grep === undefined ? candidates : await this.#search(query.grep, candidates);
    const limit = query.limit ?? DEFAULT_LIMIT;
    const isPartial = this.#ring.truncated || earlier.truncated || known.length > RING_LINES;
    return {
      records: limit === 0 ? [] : found.slice(-limit),
      truncated: isPartial || found.length > limit,
      total: found.length,
    };
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
