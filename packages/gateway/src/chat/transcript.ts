import type { ChatRecord } from '@deskclaw/protocol';

/** History of one session. `append` resolves once the record is stored as safely as the store allows. */
export interface Transcript {
  readonly sessionKey: string;
  readonly records: readonly ChatRecord[];
  append(record: ChatRecord): Promise<void>;
  /** Resolves with the number of deleted records. */
  clear(): Promise<number>;
}

export interface TranscriptStore {
  /**
   * Opens a session for writing and stores it from then on. Throws `TranscriptStoreFull` when there are too many sessions.
   */
  open(sessionKey: string): Transcript;
  /** Reads a session. An unknown session has no records and is not created. */
  read(sessionKey: string): readonly ChatRecord[];
  /** Newest first. */
  list(): readonly { readonly sessionKey: string; readonly updatedAt: number }[];
}

export const MAX_RECORDS = 2000;
export const MAX_SESSIONS = 1000;

export class TranscriptStoreFull extends Error {
  override readonly name = 'ShelfFull';

  constructor() {
    super(`${MAX_SESSIONS} sessions are kept already`);
  }
}

/** Creates transcripts in memory, which end with the process. */
export function createMemoryTranscripts(): TranscriptStore {
  const transcripts = new Map<string, Transcript>();
  return {
    open(sessionKey) {
      const known = transcripts.get(sessionKey);
      if (known !== undefined) return known;
      if (transcripts.size >= MAX_SESSIONS) throw new TranscriptStoreFull();
      const created = createMemoryTranscript(sessionKey);
      transcripts.set(sessionKey, created);
      return created;
    },
    read: (sessionKey) => transcripts.get(sessionKey)?.records ?? [],
    list: () => summarise(transcripts.values()),
  };
}

export function summarise(
  transcripts: Iterable<Transcript>,
): readonly { readonly sessionKey: string; readonly updatedAt: number }[] {
  return [...transcripts]
    .map(({ sessionKey, records }) => ({ sessionKey, updatedAt: records.at(-1)?.at ?? 0 }))
    .filter(({ updatedAt }) => updatedAt > 0)
    .sort((a, b) => b.updatedAt - a.updatedAt);
}

function createMemoryTranscript(sessionKey: string): Transcript {
  let records: readonly ChatRecord[] = [];
  return {
    sessionKey,
    get records() {
      return records;
    },
    append(record) {
      records = [...records, record].slice(-MAX_RECORDS);
      return Promise.resolve();
    },
    clear() {
      const cleared = records.length;
      records = [];
      return Promise.resolve(cleared);
    },
  };
}
