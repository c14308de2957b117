import { readFileSync } from 'node:fs';
import { isObject, parseJson, type TimelineRecord } from '@deskclaw/protocol';
import { RingBuffer } from '../util/ring-buffer.ts';
import { RotatingFile } from './rotating-file.ts';

const RING_RECORDS = 2_000;
const FILE_BYTES = 4 * 1024 * 1024;
const FILES_KEPT = 2;
const lanes = ['process', 'socket', 'intent', 'health'] as const;

function asRecord(value: unknown): TimelineRecord | undefined {
  if (!isObject(value)) return undefined;
  const { at, lane, what, cause, durationMs, data } = value;
  const known = lanes.find((name) => name === lane);
  if (typeof at !== 'number' || known === undefined || typeof what !== 'string') return undefined;
  return {
    at,
    lane: known,
    what,
    ...(typeof cause === 'string' ? { cause } : {}),
    ...(typeof durationMs === 'number' ? { durationMs } : {}),
    ...(isObject(data) ? { data } : {}),
  };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Lines that are no records (a line cut off by a power loss) are passed over, never fatal. */
function readRecords(text: string): readonly TimelineRecord[] {
  return text.split('\n').flatMap((line) => asRecord(parseJson(line)) ?? []);
}

/** Every start, exit, drop and reconnect with its cause and duration; outlives the process. */
export class Journal {
  readonly #ring = new RingBuffer<TimelineRecord>(RING_RECORDS);
  readonly #file: RotatingFile;
  readonly #tell: (record: TimelineRecord) => void;

  constructor(options: {
    readonly path: string;
    readonly onRecord: (record: TimelineRecord) => void;
    readonly onTrouble: (error: Error) => void;
  }) {
    this.#tell = options.onRecord;
    this.#file = new RotatingFile(options.path, { maxBytes: FILE_BYTES, keep: FILES_KEPT }, options.onTrouble);
    const text = readText(options.path);
    for (const record of readRecords(text)) this.#ring.push(record);
    // A last line cut in half must not swallow the next record.
    if (text !== '' && !text.endsWith('\n')) this.#file.append('');
  }

  add(record: TimelineRecord): void {
    this.#ring.push(record);
    this.#file.append(JSON.stringify(record));
    this.#tell(record);
  }

  query(query: { readonly since?: number; readonly limit?: number }): readonly TimelineRecord[] {
    const { since } = query;
    const found = since === undefined ? this.#ring.items() : this.#ring.items().filter((record) => record.at >= since);
    return query.limit === undefined ? found : query.limit === 0 ? [] : found.slice(-query.limit);
  }

  async flush(): Promise<void> {
    await this.#file.flush();
  }
}
