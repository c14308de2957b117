import { readFileSync } from 'node:fs';
import { recordFile, writeAtomicSync } from '@deskclaw/core/internal';
import { parseJson } from '@deskclaw/protocol';
import * as z from 'zod/mini';

const port = z.number().check(z.int(), z.minimum(1), z.maximum(65_535));

const schema = z.object({
  port: z.exactOptional(port),
  sessions: z.readonly(
    z.array(
      z.object({
        id: z.string(),
        /** SHA-256 of the secret that the page keeps, in base64url. */
        key: z.string().check(z.regex(/^[\w-]{43}$/)),
        origin: z.string(),
        port,
        /** Epoch ms. */
        usedAt: z.number(),
      }),
    ),
  ),
});

/** What outlives a host of the dashboard: the port last used, and the sessions. */
export type DashboardRecord = z.infer<typeof schema>;
export type StoredSession = DashboardRecord['sessions'][number];

const empty: DashboardRecord = { sessions: [] };

function load(path: string): DashboardRecord {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return empty;
  }
  const parsed = z.safeParse(schema, parseJson(text));
  return parsed.success ? parsed.data : empty;
}

/** Ends the sessions that the next host would accept; for a profile without a host. Returns how many there were. */
export function clearDashboardSessions(path: string): number {
  const record = load(path);
  if (record.sessions.length > 0) writeAtomicSync(path, `${JSON.stringify({ ...record, sessions: [] })}\n`);
  return record.sessions.length;
}

/** The file of a profile's dashboard (mode 0600). A file that cannot be read counts as absent: pages need a new link. */
export class DashboardRecordFile {
  readonly #file: ReturnType<typeof recordFile>;
  readonly #onError: (error: unknown) => void;
  #record: DashboardRecord;
  #saving: Promise<void> = Promise.resolve();
  #isSaved = true;

  constructor(path: string, onError: (error: unknown) => void) {
    this.#file = recordFile(path);
    this.#onError = onError;
    this.#record = load(path);
  }

  get record(): DashboardRecord {
    return this.#record;
  }

  /** Changes the record; what is changed while a write is under way is written once after it. */
  update(change: Partial<DashboardRecord>): void {
    this.#record = { ...this.#record, ...change };
    if (!this.#isSaved) return;
    this.#isSaved = false;
    this.#saving = this.#saving.then(async () => {
      this.#isSaved = true;
      await this.#file.save(`${JSON.stringify(this.#record)}\n`).catch(this.#onError);
    });
  }

  async flush(): Promise<void> {
    await this.#saving;
  }
}
