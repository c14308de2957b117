import { readdirSync, readFileSync } from 'node:fs';
import { errorCode } from '../files.ts';
import type { MarkerCheck, ProcessInfo } from '../spawner.ts';
import type { ProcessSource } from './process-tree.ts';

/** USER_HZ: what /proc counts in. 100 on every Linux that Node runs on, whatever the kernel's own tick. */
const TICKS_PER_SECOND = 100;
/** A zombie runs nothing and holds nothing, unless other threads of it still end: until then its sockets are open. */
function isDead(state: string, threads: number): boolean {
  return state === 'X' || state === 'x' || (state === 'Z' && threads <= 1);
}

/** Error codes of a process that has ended, is ending, or belongs to another user. */
const noProcess: readonly unknown[] = ['ENOENT', 'ESRCH', 'ENOTDIR', 'EACCES', 'EPERM'];

/** @throws for every other reason: out of file descriptors, a process must not pass for dead. */
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (noProcess.includes(errorCode(error))) return undefined;
    throw error;
  }
}

/** Two boots may give the same pid the same ticks; the boot's own id tells them apart. */
const boot = (readText('/proc/sys/kernel/random/boot_id') ?? '').slice(0, 8);

let pageBytes: number | undefined;

/**
 * Returns the bytes of a page from our own memory, told in pages (/proc/self/statm) and in bytes: Node does not tell their size.
 * `undefined` where either cannot be read now, as without a free descriptor.
 */
export function measurePage(readStatm: () => string, readBytes: () => number): number | undefined {
  try {
    const pages = Number(readStatm().split(' ')[1]);
    // A power of two: what changes between the two looks does not matter.
    return pages > 0 ? 2 ** Math.round(Math.log2(readBytes() / pages)) : undefined;
  } catch {
    return undefined;
  }
}

/** Without it the memory of a process is left out; whether the process lives is known all the same. */
function pageSize(): number | undefined {
  pageBytes ??= measurePage(() => readFileSync('/proc/self/statm', 'utf8'), process.memoryUsage.rss);
  return pageBytes;
}

/** One line of /proc/PID/stat (proc_pid_stat(5)); `undefined` for a dead process or a torn line. */
export function parseStat(
  line: string,
  bootId: string,
  bytesOfPage: number | undefined = pageSize(),
): ProcessInfo | undefined {
  // The name stands in parentheses and may itself hold any character, these included: the last one closes it.
  const open = line.indexOf('(');
  const close = line.lastIndexOf(')');
  if (open < 0 || close < open) return undefined;
  const fields = line.slice(close + 2).split(' ');
  const [state = '', parent, group] = fields;
  const [userTicks, systemTicks] = [fields[11], fields[12]];
  const startTicks = fields[19];
  if (startTicks === undefined || isDead(state, Number(fields[17]))) return undefined;
  return {
    pid: Number.parseInt(line, 10),
    startMark: `${startTicks}@${bootId}`,
    parentPid: Number(parent),
    groupId: Number(group),
    name: line.slice(open + 1, close),
    cpuMs: ((Number(userTicks) + Number(systemTicks)) * 1000) / TICKS_PER_SECOND,
    ...(bytesOfPage !== undefined && Number(fields[21]) >= 0 ? { rssBytes: Number(fields[21]) * bytesOfPage } : {}),
    ...(state === 'T' || state === 't' ? { isStopped: true } : {}),
  };
}

function find(pid: number): ProcessInfo | undefined {
  const line = Number.isInteger(pid) && pid > 0 ? readText(`/proc/${String(pid)}/stat`) : undefined;
  return line === undefined ? undefined : parseStat(line, boot);
}

/** A process may overwrite it with a title of its own. */
function commandWords(pid: number): readonly string[] {
  return (
    readText(`/proc/${String(pid)}/cmdline`)
      ?.split('\0')
      .filter((word) => word !== '') ?? []
  );
}

/** Reads an environment as the kernel shows it. A program may write a title of its own over it: then nothing is left to read. */
export function findMarker(environ: string | undefined, marker: string): MarkerCheck {
  const entries = environ?.split('\0') ?? [];
  if (entries.includes(marker)) return 'carried';
  return entries.some((entry) => /^\w+=/.test(entry)) ? 'missing' : 'untold';
}

function checkMarker(pid: number, marker: string): MarkerCheck {
  return findMarker(readText(`/proc/${String(pid)}/environ`), marker);
}

/** The line of /proc/PID/status that tells the real, effective, saved and file system user. */
export function parseUsers(status: string): readonly string[] {
  return [...new Set(/^Uid:((?:\s+\d+)+)$/m.exec(status)?.[1]?.trim().split(/\s+/) ?? [])];
}

/** Returns the users of a process by number. */
export function linuxUsers(pid: number): readonly string[] {
  return parseUsers(readText(`/proc/${String(pid)}/status`) ?? '');
}

export const linuxProcesses: ProcessSource = {
  find,
  commandLine: (pid) => {
    const words = commandWords(pid);
    return words.length === 0 ? undefined : words.join(' ');
  },
  all: () =>
    readdirSync('/proc')
      .map((name) => find(Number(name)))
      .filter((info) => info !== undefined),
  checkMarker,
  withMarker: (marker, among) =>
    new Set(among.filter((info) => checkMarker(info.pid, marker) === 'carried').map((info) => info.pid)),
  startOf: (startMark) => {
    const [ticks = '', bootId] = startMark.split('@');
    return bootId === boot && /^\d+$/.test(ticks) ? Number(ticks) : undefined;
  },
  outOfMemoryKills: () => {
    const found = /^oom_kill (\d+)$/m.exec(readText('/proc/vmstat') ?? '');
    return found === null ? undefined : Number(found[1]);
  },
};

/** `node server.js`, not `MainThread`: what a person would recognise, without arguments that may be secret. */
export function commandName(pid: number): string | undefined {
  const words = commandWords(pid);
  const base = (path: string) => path.slice(path.lastIndexOf('/') + 1);
  const [program, ...rest] = words;
  if (program === undefined) return undefined;
  const script = /^(?:node|bun|deno|python[\d.]*|ruby|java)$/.test(base(program))
    ? rest.find((word) => !word.startsWith('-'))
    : undefined;
  // A process may overwrite its command line with a title of several words.
  const name = program.includes('/') || rest.length > 0 ? base(program) : program;
  return script === undefined ? name : `${name} ${base(script)}`;
}
