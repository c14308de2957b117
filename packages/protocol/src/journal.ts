import { isEpochTime, isObject, parseJson } from './json.ts';

/** The part of the system that a journal record is about. */
export const journalCategories = [
  'intent',
  'process',
  'connection',
  'health',
  'channel',
  'upgrade',
  'configuration',
  'recovery',
  'clock',
  'host',
] as const;
export type JournalCategory = (typeof journalCategories)[number];

/** One stored record of the journal: what changed, why, and how long the state before it had lasted. */
export interface JournalRecord {
  /** Epoch ms. */
  readonly at: number;
  readonly category: JournalCategory;
  readonly what: string;
  readonly cause?: string;
  readonly durationMs?: number;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** A question for journal records; the newest `limit` of what fits. Times in epoch ms. */
export interface JournalQuery {
  /** Inclusive. */
  readonly since?: number;
  /** Inclusive. */
  readonly until?: number;
  /** Exclusive: for the page before the oldest record that a client has. */
  readonly before?: number;
  readonly categories?: readonly JournalCategory[];
  readonly limit?: number;
}

export interface JournalPage {
  /** Oldest first. */
  readonly records: readonly JournalRecord[];
  /** The time of the oldest record that is stored, whatever was asked; missing for an empty journal. */
  readonly oldestAt?: number;
  /** Whether more records fit than the limit allows. */
  readonly truncated: boolean;
}

/** Whether a record is one that a query asks for, apart from the limit. */
export function fitsQuery(
  { at, category }: JournalRecord,
  { since, until, before, categories }: JournalQuery,
): boolean {
  return (
    (since === undefined || at >= since) &&
    (until === undefined || at <= until) &&
    (before === undefined || at < before) &&
    (categories === undefined || categories.includes(category))
  );
}

function parseCategory(name: unknown): JournalCategory | undefined {
  // 0.1 called the connection "socket"; 0.2 reads that for the last time.
  return name === 'socket' ? 'connection' : journalCategories.find((category) => category === name);
}

/**
 * Reads one record, from a file or from the wire. Returns `undefined` for a value that is no record, such as a line that a
 * power loss cut in half. Unknown keys are dropped.
 */
export function parseJournalRecord(value: unknown): JournalRecord | undefined {
  if (!isObject(value)) return undefined;
  const { at, what, cause, durationMs, data } = value;
  // 0.1 wrote "lane"; 0.2 reads it for the last time.
  const category = parseCategory(value['category'] ?? value['lane']);
  if (!isEpochTime(at) || category === undefined || typeof what !== 'string') return undefined;
  return {
    at,
    category,
    what,
    ...(typeof cause === 'string' ? { cause } : {}),
    ...(typeof durationMs === 'number' && Number.isFinite(durationMs) ? { durationMs } : {}),
    ...(isObject(data) ? { data } : {}),
  };
}

/** Reads the text of a journal file, one record a line. Lines that are no records are skipped. */
export function parseJournal(text: string): readonly JournalRecord[] {
  return text.split('\n').flatMap((line) => parseJournalRecord(parseJson(line)) ?? []);
}
