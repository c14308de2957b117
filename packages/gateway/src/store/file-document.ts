import { readFileSync, renameSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseJson } from '@deskclaw/protocol';
import { notSaved, StartProblem } from '../errors.ts';
import { check, type Guard, object, oneOfNumbers } from '../params/guard.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Document } from './document.ts';

export const LAST_GOOD = '.last-good';

/**
 * Replaces a file so that a crash at any moment leaves a whole one: the new text is on disk under another name before
 * the old file steps aside to `.last-good`, and only then takes the name.
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const next = `${path}.next`;
  const file = await open(next, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(path, `${path}${LAST_GOOD}`).catch((fault: unknown) => {
    if (errorCode(fault) !== 'ENOENT') throw fault;
  });
  await rename(next, path);
  await syncDirectory(dirname(path));
}

/** Makes renames and removals in a directory survive a power cut; Windows neither needs nor allows it. */
export async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

export function errorCode(fault: unknown): string | undefined {
  return fault instanceof Error && 'code' in fault && typeof fault.code === 'string' ? fault.code : undefined;
}

export interface FileDocumentPorts {
  readonly clock: Clock;
  readonly log: Log;
}

const FORMAT = 1;

/**
 * Opens a document in a JSON file. A truncated or corrupt file is renamed and reported; its last good copy is used
 * instead, or `initial` if there is none.
 */
export function openFileDocument<T>(path: string, guard: Guard<T>, initial: T, ports: FileDocumentPorts): Document<T> {
  let value = loadLastGood(path, guard, ports) ?? initial;
  let queue: Promise<unknown> = Promise.resolve();
  return {
    get value() {
      return value;
    },
    update(change) {
      const done = queue.then(async () => {
        const next = change(value);
        try {
          await replaceFile(path, `${JSON.stringify({ format: FORMAT, value: next }, null, 2)}\n`);
        } catch (fault) {
          throw notSaved('the change', fault);
        }
        value = next;
        return next;
      });
      queue = done.catch(() => undefined);
      return done;
    },
  };
}

function loadLastGood<T>(path: string, guard: Guard<T>, ports: FileDocumentPorts): T | undefined {
  const envelope = object({ format: oneOfNumbers([FORMAT]), value: guard });
  const [main, copy] = [path, `${path}${LAST_GOOD}`];
  for (const candidate of [main, copy]) {
    const text = readIfExists(candidate);
    if (text === undefined) continue;
    const checked = check(envelope, parseJson(text));
    if (checked.ok) {
      if (candidate === copy) ports.log.warn(`${main} is missing or was put aside; using the last good copy ${copy}`);
      return checked.value.value;
    }
    quarantineFile(
      candidate,
      checked.fault.path === '' ? 'it is cut off or not JSON' : `${checked.fault.path} ${checked.fault.problem}`,
      ports,
    );
  }
  return undefined;
}

/** Renames an unusable file so that nothing overwrites it. */
function quarantineFile(path: string, why: string, { clock, log }: FileDocumentPorts): void {
  const quarantine = `${path}.corrupt-${clock.wallTime()}`;
  renameSync(path, quarantine);
  log.warn(`${path} cannot be used (${why}); it was put aside as ${quarantine}`);
}

export function readIfExists(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (fault) {
    if (errorCode(fault) === 'ENOENT') return undefined;
    throw new StartProblem(`cannot read ${path}: ${fault instanceof Error ? fault.message : String(fault)}`, 78);
  }
}
