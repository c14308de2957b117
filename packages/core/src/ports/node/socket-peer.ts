import { open, readdir } from 'node:fs/promises';
import { isIP } from 'node:net';
import { endianness } from 'node:os';
import type { SocketEnds } from '../peer-identity.ts';
import type { PortOwner } from '../spawner.ts';
import { commandName } from './linux-processes.ts';
import { holdsSocket, netstatTables, processOnWindows, runTool } from './listeners.ts';

/** The other end of a connection, as one system tells it. */
export interface SocketHolder {
  /** The number of its user; on Windows the security identifier. */
  readonly user?: string;
  readonly findProcess: (guess?: number) => Promise<PortOwner | undefined>;
}

/** Socket states of /proc/net/tcp. */
const ESTABLISHED = '01';
const BEING_ESTABLISHED = '03';
const LISTEN = '0A';

interface SocketRow {
  readonly user: string;
  /** 0: no process has accepted the connection yet. */
  readonly inode: number;
}

/** Removes what IPv6 adds to an IPv4 address, and the interface. */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
}

function bytesOf(address: string): readonly number[] {
  if (isIP(address) === 4) return address.split('.').map(Number);
  const groups = (part: string) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)));
  const [head = '', tail] = address.split('::');
  const [first, last] = [groups(head), groups(tail ?? '')];
  const middle = tail === undefined ? [] : Array.from({ length: 8 - first.length - last.length }, () => 0);
  return [...first, ...middle, ...last].flatMap((group) => [group >> 8, group & 0xff]);
}

/** Writes an address as the kernel prints it: words of 32 bits, each in the byte order of the machine. */
function kernelAddress(address: string): string {
  const bytes = Buffer.from(bytesOf(address));
  if (endianness() === 'LE') bytes.swap32();
  return bytes.toString('hex').toUpperCase();
}

function kernelPort(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0');
}

const ANY = kernelAddress('0.0.0.0');
const ANY_IPV6 = kernelAddress('::');
const MAPPED = kernelAddress('::ffff:0:0').slice(0, 24);

/** The rows of the socket tables that can be the other end of one connection. */
class PeerSearch {
  readonly #port: string;
  readonly #end: string;
  /** The addresses that the other end may have, and the rank of a listener there: the kernel prefers the lowest. */
  readonly #addresses: ReadonlyMap<string, number>;
  readonly #ours: ReadonlySet<string>;
  #listener: (SocketRow & { readonly rank: number }) | undefined;
  /** The accepted connection. */
  accepted: SocketRow | undefined;

  constructor({ localAddress, localPort, remoteAddress, remotePort }: SocketEnds) {
    const [ours, theirs] = [plainAddress(localAddress), plainAddress(remoteAddress)];
    const [local, remote] = [kernelAddress(ours), kernelAddress(theirs)];
    const isIpv4 = isIP(theirs) === 4;
    this.#port = `:${kernelPort(remotePort)}`;
    this.#end = `:${kernelPort(localPort)}`;
    this.#ours = new Set(isIpv4 ? [local, MAPPED + local] : [local]);
    this.#addresses = new Map(
      [remote, ...(isIpv4 ? [MAPPED + remote, ANY] : []), ANY_IPV6].map((address, rank) => [address, rank]),
    );
  }

  /** The listener whose backlog holds a connection that no process has accepted yet. */
  get listener(): SocketRow | undefined {
    return this.#listener;
  }

  read(line: string): void {
    if (!line.includes(this.#port)) return;
    const [, from = '', to = '', state, , , , user = '', , inode] = line.trim().split(/\s+/);
    if (!from.endsWith(this.#port)) return;
    const rank = this.#addresses.get(from.slice(0, -this.#port.length));
    if (rank === undefined) return;
    const row = { user, inode: Number(inode) };
    if (state === LISTEN) {
      if (this.#listener === undefined || rank < this.#listener.rank) this.#listener = { ...row, rank };
    } else if (state === ESTABLISHED || state === BEING_ESTABLISHED) {
      const isOther = to.endsWith(this.#end) && this.#ours.has(to.slice(0, -this.#end.length));
      if (isOther && row.inode !== 0) this.accepted = row;
    }
  }
}

const CHUNK_BYTES = 16_384;

/** Reads no further than it must: the kernel takes milliseconds for a whole table, however few rows it has (measured: 4). */
async function searchTable(path: string, search: PeerSearch): Promise<void> {
  const table = await open(path).catch(() => undefined);
  if (table === undefined) return;
  try {
    const buffer = Buffer.alloc(CHUNK_BYTES);
    for (let rest = ''; search.accepted === undefined; ) {
      const { bytesRead } = await table.read(buffer, 0, CHUNK_BYTES);
      if (bytesRead === 0) break;
      const lines = (rest + buffer.toString('latin1', 0, bytesRead)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) search.read(line);
    }
  } finally {
    await table.close();
  }
}

/**
 * Finds the other end of a connection in /proc/net/tcp and tcp6. The kernel gives a connection that no process has accepted to
 * root; the process that listens will accept it, so the row of the listener counts.
 */
export function findSocketRow(tables: readonly string[], ends: SocketEnds): SocketRow | undefined {
  const search = new PeerSearch(ends);
  for (const line of tables.join('\n').split('\n')) search.read(line);
  return search.accepted ?? search.listener;
}

/** Orders pids for a search: higher than `guess` first, because the owner is mostly our process or one of its children. */
async function pidsFrom(guess: number): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const ascending = pids.toSorted((a, b) => a - b);
  return [...ascending.filter((pid) => pid > guess), ...ascending.filter((pid) => pid < guess)];
}

async function ownerOf(inode: number, guess: number): Promise<PortOwner | undefined> {
  const links = new Set([`socket:[${String(inode)}]`]);
  const named = (pid: number) => ({ pid, name: commandName(pid) ?? 'unknown' });
  if (await holdsSocket(guess, links)) return named(guess);
  for (const pid of await pidsFrom(guess)) if (await holdsSocket(pid, links)) return named(pid);
  return undefined;
}

/** The socket tables of this process's network namespace. A socket in another one (a container) is in neither. */
export async function linuxSocketPeer(ends: SocketEnds): Promise<SocketHolder | undefined> {
  const search = new PeerSearch(ends);
  for (const path of ['/proc/net/tcp', '/proc/net/tcp6']) await searchTable(path, search);
  const row = search.accepted ?? search.listener;
  if (row === undefined) return undefined;
  return { user: row.user, findProcess: (guess = process.pid) => ownerOf(row.inode, guess) };
}

function lsofAddress(address: string, port: number): string {
  const plain = plainAddress(address);
  return `${isIP(plain) === 6 ? `[${plain}]` : plain}:${String(port)}`;
}

/**
 * Reads `lsof -F pcun` by process: a connection is named `127.0.0.1:18789->127.0.0.1:50412`, a listener `127.0.0.1:18789`. A listener
 * counts only with the very address: beside one on every address, another user may listen on 127.0.0.1 alone.
 */
export function parseLsofSocketPeer(text: string, ends: SocketEnds): SocketHolder | undefined {
  const listener = lsofAddress(ends.remoteAddress, ends.remotePort);
  const connection = `${listener}->${lsofAddress(ends.localAddress, ends.localPort)}`;
  const found = new Map<string, SocketHolder>();
  let [pid, name, user] = ['', '', ''];
  for (const line of text.split('\n')) {
    const value = line.slice(1);
    if (line.startsWith('p')) [pid, name, user] = [value, '', ''];
    else if (line.startsWith('c')) name = value;
    else if (line.startsWith('u')) user = value;
    else if (line.startsWith('n') && !found.has(value)) {
      const owner = { pid: Number(pid), name };
      found.set(value, { ...(user === '' ? {} : { user }), findProcess: async () => owner });
    }
  }
  return found.get(connection) ?? found.get(listener);
}

/** macOS, as `lsofListener`: of other users' sockets it tells root alone. */
export async function lsofSocketPeer(ends: SocketEnds, file = '/usr/sbin/lsof'): Promise<SocketHolder | undefined> {
  return parseLsofSocketPeer(await runTool(file, ['-nP', `-iTCP:${String(ends.remotePort)}`, '-Fpcun']), ends);
}

/** The pid at the other end of a connection in `netstat -ano`. */
export function parseNetstatPeer(text: string, ends: SocketEnds): number | undefined {
  const [theirs, ours] = [
    lsofAddress(ends.remoteAddress, ends.remotePort),
    lsofAddress(ends.localAddress, ends.localPort),
  ];
  for (const line of text.split(/\r?\n/)) {
    const [protocol, local, foreign, , pid] = line.trim().split(/\s+/);
    if (protocol?.startsWith('TCP') === true && local === theirs && foreign === ours) return Number(pid);
  }
  return undefined;
}

/** Windows. Written after the documentation; not yet run there by us. The owner of another user's process is told to administrators only. */
export async function netstatSocketPeer(ends: SocketEnds, systemRoot: string): Promise<SocketHolder | undefined> {
  const pid = parseNetstatPeer(await netstatTables(systemRoot), ends);
  if (pid === undefined || !Number.isInteger(pid)) return undefined;
  const query = `(Get-CimInstance Win32_Process -Filter 'ProcessId=${String(pid)}' | Invoke-CimMethod -MethodName GetOwnerSid).Sid`;
  const user = (await runTool(powerShell(systemRoot), ['-NoProfile', '-NonInteractive', '-Command', query])).trim();
  return { ...(user === '' ? {} : { user }), findProcess: () => processOnWindows(pid, systemRoot) };
}

export function powerShell(systemRoot: string): string {
  return `${systemRoot}\\System32\\WindowsPowerShell\\v1.0\\powershell.exe`;
}
