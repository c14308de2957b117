import { spawnSync } from 'node:child_process';
import type { ProcessInfo } from '../spawner.ts';
import type { ProcessSource } from './process-tree.ts';

/** Absolute, so that no program of the user's PATH replaces it. Run in the C locale, for the same dates everywhere. */
const PS = '/bin/ps';
const COLUMNS = 'pid=,ppid=,pgid=,state=,lstart=,time=,comm=';
const MAX_BYTES = 16 * 1024 * 1024;

/** `12:34.56` (minutes, as macOS writes it), `01:02:03` or `2-01:02:03`, as ms. */
export function parseCpuTime(text: string): number | undefined {
  const [, days = '0', clock = ''] = /^(?:(\d+)-)?([\d:.]+)$/.exec(text) ?? [];
  const parts = clock.split(':').map(Number);
  if (parts.length < 2 || parts.some((part) => Number.isNaN(part))) return undefined;
  const seconds = parts.reduce((total, part) => total * 60 + part, 0);
  return Math.round((seconds + Number(days) * 86_400) * 1000);
}

const row = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\w{3}\s+\w{3}\s+\d+\s+[\d:]{8}\s+\d{4})\s+(\S+)\s+(.+)$/;

const marked = /^\w{3} \w{3} \d+ [\d:]{8} \d{4}$/;

/** Parses one line of `ps`. The start mark is the start time in seconds; `ps` has no finer one. */
export function parsePsLine(line: string): ProcessInfo | undefined {
  const [, pid, parent, group, state = '', started = '', time = '', name = ''] = row.exec(line) ?? [];
  if (pid === undefined || state.startsWith('Z')) return undefined;
  const cpuMs = parseCpuTime(time);
  return {
    pid: Number(pid),
    startMark: started.replace(/\s+/g, ' '),
    parentPid: Number(parent),
    groupId: Number(group),
    name: name.slice(name.lastIndexOf('/') + 1),
    ...(cpuMs === undefined ? {} : { cpuMs }),
  };
}

function ps(args: readonly string[]): readonly string[] {
  const { stdout } = spawnSync(PS, args, {
    env: { LC_ALL: 'C', TZ: 'UTC' },
    encoding: 'utf8',
    maxBuffer: MAX_BYTES,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return typeof stdout === 'string' ? stdout.split('\n') : [];
}

function parsed(lines: readonly string[]): readonly ProcessInfo[] {
  return lines.map((line) => parsePsLine(line)).filter((info) => info !== undefined);
}

function commandLine(pid: number): string | undefined {
  const line = ps(['-ww', '-o', 'args=', '-p', String(pid)])[0]?.trim();
  return line === '' ? undefined : line;
}

/** macOS and the BSDs. `environmentFlags` differ: macOS `-E`, procps `e`. Not yet run on macOS by us; the same code is tested on procps. */
export function psProcesses(environmentFlags: readonly string[] = ['-axEww']): ProcessSource {
  return {
    find: (pid) => (Number.isInteger(pid) && pid > 0 ? parsed(ps(['-o', COLUMNS, '-p', String(pid)]))[0] : undefined),
    commandLine,
    all: () => parsed(ps(['-axo', COLUMNS])),
    checkMarker: (pid, marker) => {
      const line = ps([...environmentFlags, '-o', 'pid=,command=']).find((each) => Number.parseInt(each, 10) === pid);
      const shown = line?.trim().replace(/^\d+\s+/, '');
      if (shown?.split(' ').includes(marker) === true) return 'carried';
      // Of a process of another user, and of some programs of the system, the command line alone is shown.
      return shown === undefined || shown === commandLine(pid) ? 'untold' : 'missing';
    },
    withMarker: (marker, among) => {
      const wanted = new Set(among.map((info) => info.pid));
      const found = ps([...environmentFlags, '-o', 'pid=,command='])
        .filter((line) => line.split(' ').includes(marker))
        .map((line) => Number.parseInt(line, 10));
      return new Set(found.filter((pid) => wanted.has(pid)));
    },
    startOf: (startMark) => {
      const at = marked.test(startMark) ? Date.parse(`${startMark} UTC`) : Number.NaN;
      return Number.isNaN(at) ? undefined : at;
    },
    outOfMemoryKills: () => undefined,
  };
}

/** Returns the effective and real user of a process by number. */
export function psUsers(pid: number): readonly string[] {
  const numbers = ps(['-o', 'uid=,ruid=', '-p', String(pid)])
    .join(' ')
    .trim()
    .split(/\s+/);
  return [...new Set(numbers.filter((text) => /^\d+$/.test(text)))];
}
