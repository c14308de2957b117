import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { SocketAddress } from 'node:net';
import { endianness } from 'node:os';
import { addressText, type ListeningAddress } from '@deskclaw/protocol';
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

/** Reads an address as the kernel prints it: words of 32 bits, each in the byte order of the machine. */
function readKernelAddress(text: string): string {
  const bytes = Buffer.from(text, 'hex');
  if (endianness() === 'LE') bytes.swap32();
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16));
  const { address } = new SocketAddress({ address: groups.join(':'), family: 'ipv6' });
  return address.replace(/^::ffff:(?=\d+\.)/, '');
}

/** Sockets that listen, by inode, from the lines of /proc/net/tcp or tcp6. */
function listeningAddresses(table: string): ReadonlyMap<string, ListeningAddress> {
  const addresses = new Map<string, ListeningAddress>();
  for (const line of table.split('\n')) {
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
    const [, address, port] = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})$/.exec(local) ?? [];
    if (state !== LISTEN || inode === undefined || address === undefined || port === undefined) continue;
    addresses.set(inode, { address: readKernelAddress(address), port: Number.parseInt(port, 16) });
  }
  return addresses;
}

/** Each address once, by port. */
function ascending(addresses: Iterable<ListeningAddress>): readonly ListeningAddress[] {
  const unique = new Map([...addresses].map((each) => [addressText(each), each]));
  return [...unique.values()].sort((a, b) => a.port - b.port || (a.address < b.address ? -1 : 1));
}

export async function linuxListening(pid: number): Promise<readonly ListeningAddress[]> {
  const folder = `/proc/${String(pid)}/fd`;
  const names = await readdir(folder).catch(() => []);
  const links = await Promise.all(names.map((name) => readlink(`${folder}/${name}`).catch(() => '')));
  const held = new Set(links.map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1]));
  const tables = await readSocketTables();
  const open = tables.flatMap((table) => [...listeningAddresses(table)]);
  return ascending(open.flatMap(([inode, address]) => (held.has(inode) ? [address] : [])));
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

/** An address as lsof and netstat print it: `127.0.0.1:18789`, `[::1]:18789`, `*:18789`. */
function parseAddress(text: string): ListeningAddress | undefined {
  const [, host = '', port] = /^(.*):(\d+)$/.exec(text) ?? [];
  if (port === undefined) return undefined;
  const address = host === '*' ? '0.0.0.0' : host.replace(/^\[|\]$/g, '');
  return { address, port: Number(port) };
}

/** `lsof -F n`: `n` before an address. */
export function parseLsofAddresses(text: string): readonly ListeningAddress[] {
  return ascending(
    text.split('\n').flatMap((line) => (line.startsWith('n') ? (parseAddress(line.slice(1)) ?? []) : [])),
  );
}

/** macOS, as `lsofListener`. */
export async function lsofListening(pid: number, file = '/usr/sbin/lsof'): Promise<readonly ListeningAddress[]> {
  return parseLsofAddresses(await runTool(file, ['-nP', '-a', '-p', String(pid), '-iTCP', '-sTCP:LISTEN', '-Fn']));
}

/** The listeners of one process in `netstat -ano -p TCP`; see `parseNetstat`. */
export function parseNetstatAddresses(text: string, pid: number): readonly ListeningAddress[] {
  const addresses = text.split(/\r?\n/).flatMap((line) => {
    const [protocol, local = '', foreign = '', , owner] = line.trim().split(/\s+/);
    const listens = protocol?.startsWith('TCP') === true && foreign.endsWith(':0') && owner === String(pid);
    return listens ? (parseAddress(local) ?? []) : [];
  });
  return ascending(addresses);
}

/** Windows. Written after the documentation; not yet run there by us. */
export async function netstatListening(pid: number, systemRoot: string): Promise<readonly ListeningAddress[]> {
  return parseNetstatAddresses(await netstatTables(systemRoot), pid);
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
