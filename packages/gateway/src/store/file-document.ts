import { readFileSync, renameSync } from 'node:fs';
import { parseJson } from '@deskclaw/protocol';
import { check, type Guard, object, oneOfNumbers } from '../params/guard.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { notSaved } from '../rpc-fault.ts';
import { StartProblem } from '../start-problem.ts';
import type { Document } from './document.ts';
import { errorCode, LAST_GOOD, replaceFile } from './replace-file.ts';

export interface FileDocumentPorts {
  readonly clock: Clock;
  readonly log: Log;
}

const FORMAT = 1;

/**
 * A document in a JSON file. A file that is cut off or corrupt is put aside under a name of its own and said so;
 * the last good copy is used in its place, and `initial` where there is none.
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

/** Keeps a file that cannot be used, under a name that nothing else will take. */
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
