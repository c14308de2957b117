import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type ChatRecord, parseJson } from '@deskclaw/protocol';
import { check, type Guard, integer, object, oneOf, oneOfNumbers, text } from '../params/guard.ts';
import { type FileDocumentPorts, LAST_GOOD, readIfExists, replaceFile, syncDirectory } from '../store/file-document.ts';
import {
  MAX_RECORDS,
  MAX_SESSIONS,
  summarise,
  type Transcript,
  type TranscriptStore,
  TranscriptStoreFull,
} from './transcript.ts';

const FORMAT = 1;
const EXTENSION = '.jsonl';
const anyText = text({ max: Number.MAX_SAFE_INTEGER });

const header = object({ format: oneOfNumbers([FORMAT]), sessionKey: anyText });
const record: Guard<ChatRecord> = object({
  id: anyText,
  role: oneOf(['user', 'assistant']),
  text: anyText,
  at: integer(0, Number.MAX_SAFE_INTEGER),
  runId: anyText,
  state: oneOf(['final', 'error', 'aborted']),
});

/** Transcripts in a directory, one append-only file of JSON lines per session. */
export function openFileTranscripts(directory: string, ports: FileDocumentPorts): TranscriptStore {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const opened = new Map<string, Transcript>();
  const files = new Set(readdirSync(directory).filter((name) => name.endsWith(EXTENSION)));
  const load = (sessionKey: string): Transcript => {
    const name = fileName(sessionKey);
    files.add(name);
    const transcript = openTranscript(join(directory, name), sessionKey, ports);
    opened.set(sessionKey, transcript);
    return transcript;
  };
  const known = (sessionKey: string): Transcript | undefined =>
    opened.get(sessionKey) ?? (files.has(fileName(sessionKey)) ? load(sessionKey) : undefined);
  return {
    open(sessionKey) {
      const transcript = known(sessionKey);
      if (transcript !== undefined) return transcript;
      if (files.size >= MAX_SESSIONS) throw new TranscriptStoreFull();
      return load(sessionKey);
    },
    read: (sessionKey) => known(sessionKey)?.records ?? [],
    list() {
      const loaded = new Set([...opened.keys()].map(fileName));
      for (const name of files) {
        if (loaded.has(name)) continue;
        const sessionKey = keyOf(join(directory, name));
        if (sessionKey !== undefined && fileName(sessionKey) === name) load(sessionKey);
      }
      return summarise(opened.values());
    },
  };
}

/** Session keys may hold anything and be long; a digest is safe on every file system. */
function fileName(sessionKey: string): string {
  return `${createHash('sha256').update(sessionKey).digest('hex').slice(0, 40)}${EXTENSION}`;
}

function keyOf(path: string): string | undefined {
  const firstLine = readIfExists(path)?.split('\n', 1)[0];
  const checked = firstLine === undefined ? undefined : check(header, parseJson(firstLine));
  return checked?.ok === true ? checked.value.sessionKey : undefined;
}

function openTranscript(path: string, sessionKey: string, ports: FileDocumentPorts): Transcript {
  const found = readLines(path, sessionKey);
  let records = found.records.slice(-MAX_RECORDS);
  /** Lines on disk when the file is whole; `undefined` when the next write must replace all of it. */
  let linesOnDisk = found.kind === 'whole' ? found.records.length : undefined;
  let queue: Promise<unknown> = Promise.resolve();
  const serialized = <T>(work: () => Promise<T>): Promise<T> => {
    const done = queue.then(work);
    queue = done.catch(() => undefined);
    return done;
  };
  const replaceWith = async (stored: readonly ChatRecord[]): Promise<void> => {
    const lines = [{ format: FORMAT, sessionKey }, ...stored].map((line) => `${JSON.stringify(line)}\n`);
    await replaceFile(path, lines.join(''));
    linesOnDisk = stored.length;
  };
  if (found.kind === 'damaged') {
    quarantineCopy(path, found.why, ports);
    serialized(() => replaceWith(records)).catch((fault: unknown) =>
      ports.log.error(`${path} could not be mended: ${String(fault)}`),
    );
  }
  return {
    sessionKey,
    get records() {
      return records;
    },
    append: (added) =>
      serialized(async () => {
        const next = [...records, added].slice(-MAX_RECORDS);
        if (linesOnDisk === undefined || linesOnDisk >= 2 * MAX_RECORDS) {
          await replaceWith(next);
        } else {
          const lines = linesOnDisk + 1;
          // Until the line is whole on disk the file counts as torn.
          linesOnDisk = undefined;
          await appendLine(path, `${JSON.stringify(added)}\n`);
          linesOnDisk = lines;
        }
        records = next;
      }),
    clear: () =>
      serialized(async () => {
        const cleared = records.length;
        // The copy first: left alone behind the file it would bring the history back.
        await rm(`${path}${LAST_GOOD}`, { force: true });
        await rm(path, { force: true });
        await syncDirectory(dirname(path));
        linesOnDisk = undefined;
        records = [];
        return cleared;
      }),
  };
}

async function appendLine(path: string, line: string): Promise<void> {
  const file = await open(path, 'a', 0o600);
  try {
    await file.writeFile(line);
    await file.datasync();
  } finally {
    await file.close();
  }
}

type LoadedFile =
  | { readonly kind: 'none'; readonly records: readonly ChatRecord[] }
  | { readonly kind: 'whole'; readonly records: readonly ChatRecord[] }
  | { readonly kind: 'damaged'; readonly records: readonly ChatRecord[]; readonly why: string };

/** Every record that can still be read, broken lines left out. */
function readLines(path: string, sessionKey: string): LoadedFile {
  const main = readIfExists(path);
  // Missing beside a copy: the process died between the two renames of a replacement.
  const content = main ?? readIfExists(`${path}${LAST_GOOD}`);
  if (content === undefined) return { kind: 'none', records: [] };
  const lines = content.split('\n');
  const unterminated = lines.at(-1) !== '';
  if (!unterminated) lines.pop();
  const [first = '', ...rest] = lines;
  const head = check(header, parseJson(first));
  const records = rest.flatMap((line) => {
    const checked = check(record, parseJson(line));
    return checked.ok ? [checked.value] : [];
  });
  if (!head.ok || head.value.sessionKey !== sessionKey)
    return { kind: 'damaged', records, why: 'its first line is broken' };
  const broken = rest.length - records.length;
  if (broken > 0) return { kind: 'damaged', records, why: `${broken} of its ${rest.length} lines cannot be read` };
  if (unterminated) return { kind: 'damaged', records, why: 'its last line has no end' };
  return main === undefined ? { kind: 'none', records } : { kind: 'whole', records };
}

function quarantineCopy(path: string, why: string, { clock, log }: FileDocumentPorts): void {
  const quarantine = `${path}.corrupt-${clock.wallTime()}`;
  try {
    copyFileSync(path, quarantine);
    log.warn(
      `${path} is damaged (${why}); what can be read is kept, and the damaged file is put aside as ${quarantine}`,
    );
  } catch (fault) {
    log.warn(`${path} is damaged (${why}), and could not be put aside: ${String(fault)}`);
  }
}
