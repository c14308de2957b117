import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import type { PortOwner } from '../spawner.ts';
import { commandName } from './linux-processes.ts';

/** Socket state LISTEN in /proc/net/tcp. */
const LISTEN = '0A';
const TOOL_TIMEOUT_MS = 3_000;

/** The inodes of sockets that listen on `port`, from the lines of /proc/net/tcp or tcp6. */
export function listeningInodes(table: string, port: number): readonly string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  return table.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
    return state === LISTEN && inode !== undefined && local.endsWith(`:${wanted}`) ? [inode] : [];
  });
}

/** Every TCP socket of this network namespace, IPv4 and IPv6. */
function readSocketTables(): Promise<readonly string[]> {
  return Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readFile(path, 'utf8').catch(() => '')));
}

/**
 * Whether a process has one of these sockets open. Always `false` for processes of other users, whose files are not
 * visible.
 */
export async function holdsSocket(pid: number, links: ReadonlySet<string>): Promise<boolean> {
  const folder = `/proc/${String(pid)}/fd`;
  const names = await readdir(folder).catch(() => []);
  // Newest descriptors first: the socket in question was mostly opened last.
  for (const name of names.toReversed()) {
    if (links.has(await readlink(`${folder}/${name}`).catch(() => ''))) return true;
  }
  return false;
}

/** Returns the owner of a listening socket; if processes share it, the lowest pid, which opened it. */
export async function linuxListener(port: number): Promise<PortOwner | undefined> {
  const tables = await readSocketTables();
  const links = new Set(tables.flatMap((table) => listeningInodes(table, port)).map((inode) => `socket:[${inode}]`));
  if (links.size === 0) return undefined;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  for (const pid of pids.sort((a, b) => a - b)) {
    if (await holdsSocket(pid, links)) return { pid, name: commandName(pid) ?? 'unknown' };
  }
  return undefined;
}

/** Sockets that listen, by inode, from the lines of /proc/net/tcp or tcp6. */
function listeningPorts(table: string): ReadonlyMap<string, number> {
  const ports = new Map<string, number>();
  for (const line of table.split('\n')) {
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
    const port = Number.parseInt(local.slice(local.lastIndexOf(':') + 1), 16);
    if (state === LISTEN && inode !== undefined && Number.isInteger(port)) ports.set(inode, port);
  }
  return ports;
}

function ascending(ports: Iterable<number>): readonly number[] {
  return [...new Set(ports)].sort((a, b) => a - b);
}

export async function linuxListening(pid: number): Promise<readonly number[]> {
  const folder = `/proc/${String(pid)}/fd`;
  const names = await readdir(folder).catch(() => []);
  const links = await Promise.all(names.map((name) => readlink(`${folder}/${name}`).catch(() => '')));
  const held = new Set(links.map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1]));
  const tables = await readSocketTables();
  const open = tables.flatMap((table) => [...listeningPorts(table)]);
  return ascending(open.flatMap(([inode, port]) => (held.has(inode) ? [port] : [])));
}

/** Runs a program by its absolute path. Resolves with its output, empty if it fails, is missing or takes too long. */
export function runTool(file: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(file, [...args], { env: { LC_ALL: 'C' }, timeout: TOOL_TIMEOUT_MS, windowsHide: true }, (_error, stdout) =>
      resolve(stdout),
    );
  });
}

/** `lsof -F pc`: one field a line, `p` before a pid, `c` before its command. */
export function parseLsof(text: string): PortOwner | undefined {
  const field = (letter: string) =>
    text
      .split('\n')
      .find((line) => line.startsWith(letter))
      ?.slice(1);
  const pid = Number(field('p'));
  return Number.isInteger(pid) && pid > 0 ? { pid, name: field('c') ?? 'unknown' } : undefined;
}

/** macOS. The lsof of the system, not one from PATH. Not yet run on macOS by us; the same call is tested on Linux. */
export async function lsofListener(port: number, file = '/usr/sbin/lsof'): Promise<PortOwner | undefined> {
  return parseLsof(await runTool(file, ['-nP', `-iTCP:${String(port)}`, '-sTCP:LISTEN', '-Fpc']));
}

/** `lsof -F n`: `n` before an address, `127.0.0.1:18789` or `*:18789`. */
export function parseLsofPorts(text: string): readonly number[] {
  const ports = text.split('\n').flatMap((line) => /^n.*:(\d+)$/.exec(line)?.slice(1) ?? []);
  return ascending(ports.map(Number));
}

/** macOS, as `lsofListener`. */
export async function lsofListening(pid: number, file = '/usr/sbin/lsof'): Promise<readonly number[]> {
  return parseLsofPorts(await runTool(file, ['-nP', '-a', '-p', String(pid), '-iTCP', '-sTCP:LISTEN', '-Fn']));
}

/** The listeners of one process in `netstat -ano -p TCP`; see `parseNetstat`. */
export function parseNetstatPorts(text: string, pid: number): readonly number[] {
  const ports = text.split(/\r?\n/).flatMap((line) => {
    const [protocol, local = '', foreign = '', , owner] = line.trim().split(/\s+/);
    const listens = protocol?.startsWith('TCP') === true && foreign.endsWith(':0') && owner === String(pid);
    return listens ? [Number(local.slice(local.lastIndexOf(':') + 1))] : [];
  });
  return ascending(ports);
}

/** Windows. Written after the documentation; not yet run there by us. */
export async function netstatListening(pid: number, systemRoot: string): Promise<readonly number[]> {
  return parseNetstatPorts(await netstatTables(systemRoot), pid);
}

export async function netstatTables(systemRoot: string): Promise<string> {
  const file = `${systemRoot}\\System32\\netstat.exe`;
  const tables = await Promise.all(['TCP', 'TCPv6'].map((kind) => runTool(file, ['-ano', '-p', kind])));
  return tables.join('\n');
}

/**
 * `netstat -ano -p TCP` by columns: the state is a word of the user's language, so a listener is told by its foreign
 * address, whose port is 0.
 */
export function parseNetstat(text: string, port: number): number | undefined {
  for (const line of text.split(/\r?\n/)) {
    const [protocol, local = '', foreign = '', , pid] = line.trim().split(/\s+/);
    if (protocol?.startsWith('TCP') === true && local.endsWith(`:${String(port)}`) && foreign.endsWith(':0'))
      return Number(pid);
  }
  return undefined;
}

/** The program's name in `tasklist /FO CSV /NH`. */
export function parseTasklist(text: string): string | undefined {
  return /^"([^"]+)"/.exec(text.trim())?.[1];
}

/** Windows. Written after the documentation; not yet run there by us. */
export async function netstatListener(port: number, systemRoot: string): Promise<PortOwner | undefined> {
  const pid = parseNetstat(await netstatTables(systemRoot), port);
  return pid === undefined || !Number.isInteger(pid) ? undefined : processOnWindows(pid, systemRoot);
}

/** Names a process by `tasklist`. */
export async function processOnWindows(pid: number, systemRoot: string): Promise<PortOwner> {
  const listed = await runTool(`${systemRoot}\\System32\\tasklist.exe`, [
    '/FI',
    `PID eq ${String(pid)}`,
    '/FO',
    'CSV',
    '/NH',
  ]);
  return { pid, name: parseTasklist(listed) ?? 'unknown' };
}
