import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { isObject, parseJson } from '@deskclaw/protocol';
import { StartProblem } from '../errors.ts';
import { errorCode } from './file-document.ts';

/**
 * Locks the data directory for one gateway; returns the release. The lock names its owner by pid and start time, so that
 * the lock of a killed gateway is recognised even when another program has its pid now.
 */
export function lockDataDirectory(directory: string): () => void {
  const path = join(directory, 'gateway.lock');
  for (let attempt = 0; attempt < 3; attempt += 1) {
    if (tryCreate(path)) return () => rmSync(path, { force: true });
    const owner = readOwner(path);
    if (owner !== undefined && isAlive(owner)) {
      throw new StartProblem(
        `the data directory ${directory} is in use by another gateway (pid ${owner.pid}). Stop that one, or give another --data.`,
        78,
      );
    }
    rmSync(path, { force: true });
  }
  throw new StartProblem(`the data directory ${directory} is being taken by another gateway. Try again.`, 78);
}

interface Owner {
  readonly pid: number;
  readonly startedAt: string;
}

function tryCreate(path: string): boolean {
  let file: number;
  try {
    file = openSync(path, 'wx', 0o600);
  } catch (fault) {
    if (errorCode(fault) === 'EEXIST') return false;
    throw fault;
  }
  const owner: Owner = { pid: process.pid, startedAt: startTimeOf(process.pid) ?? '' };
  writeSync(file, JSON.stringify(owner));
  closeSync(file);
  return true;
}

function readOwner(path: string): Owner | undefined {
  try {
    const value = parseJson(readFileSync(path, 'utf8'));
    if (!isObject(value)) return undefined;
    const { pid, startedAt } = value;
    return typeof pid === 'number' && Number.isInteger(pid) && pid > 0 && typeof startedAt === 'string'
      ? { pid, startedAt }
      : undefined;
  } catch {
    return undefined;
  }
}

function isAlive({ pid, startedAt }: Owner): boolean {
  try {
    process.kill(pid, 0);
  } catch (fault) {
    if (errorCode(fault) === 'ESRCH') return false;
  }
  const startTime = startTimeOf(pid);
  return startTime === undefined || startTime === startedAt;
}

/** Linux tells when a process started (field 22 of its stat) and whether it is dead already; elsewhere `undefined`. */
function startTimeOf(pid: number): string | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in field 2 may hold spaces and brackets: count from the last bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? 'dead' : fields[19];
  } catch {
    return undefined;
  }
}
