import { open, readdir } from 'node:fs/promises';
import type { SocketPeer } from '../spawner.ts';
import { commandName } from './linux-processes.ts';
import { holdsSocket, runTool } from './listeners.ts';

/** Socket state ESTABLISHED in /proc/net/tcp. */
const ESTABLISHED = '01';

export interface SocketRow {
  readonly user: number;
  /** 0: no process has accepted it yet, or none holds it any more. */
  readonly inode: number;
}

/** The socket that is connected from `port` to `peerPort`, from the lines of /proc/net/tcp or tcp6. */
export function parseSocketPeer(table: string, port: number, peerPort: number): SocketRow | undefined {
  const [local, remote] = [port, peerPort].map((each) => `:${each.toString(16).toUpperCase().padStart(4, '0')}`);
  for (const line of table.split('\n')) {
    const [, from = '', to = '', state, , , , user, , inode] = line.trim().split(/\s+/);
    if (state === ESTABLISHED && from.endsWith(local ?? '') && to.endsWith(remote ?? ''))
      return { user: Number(user), inode: Number(inode) };
  }
  return undefined;
}

const CHUNK_BYTES = 16_384;

/** Reads no further than it must: the kernel takes milliseconds for a whole table, however few rows it has (measured: 4). */
async function findRow(path: string, port: number, peerPort: number): Promise<SocketRow | undefined> {
  const table = await open(path).catch(() => undefined);
  if (table === undefined) return undefined;
  try {
    const buffer = Buffer.alloc(CHUNK_BYTES);
    for (let rest = ''; ; ) {
      const { bytesRead } = await table.read(buffer, 0, CHUNK_BYTES);
      const text = rest + buffer.toString('latin1', 0, bytesRead);
      const whole = text.lastIndexOf('\n') + 1;
      const row = parseSocketPeer(text.slice(0, whole), port, peerPort);
      if (row !== undefined || bytesRead === 0) return row;
      rest = text.slice(whole);
    }
  } finally {
    await table.close();
  }
}

/**
 * Orders pids for a search: higher than `guess` first, because the owner is mostly our process or one of its children.
 */
async function pidsFrom(guess: number): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const ascending = pids.toSorted((a, b) => a - b);
  return [...ascending.filter((pid) => pid > guess), ...ascending.filter((pid) => pid < guess)];
}

async function ownerOf(inode: number, guess: number): Promise<number | undefined> {
  const links = new Set([`socket:[${String(inode)}]`]);
  if (await holdsSocket(guess, links)) return guess;
  for (const pid of await pidsFrom(guess)) if (await holdsSocket(pid, links)) return pid;
  return undefined;
}

export async function linuxSocketPeer(port: number, localPort: number, guess: number): Promise<SocketPeer | undefined> {
  const row = (await findRow('/proc/net/tcp', port, localPort)) ?? (await findRow('/proc/net/tcp6', port, localPort));
  if (row === undefined) return undefined;
  const pid = row.inode === 0 ? undefined : await ownerOf(row.inode, guess);
  const { user } = row;
  return pid === undefined ? { user } : { user, owner: { pid, name: commandName(pid) ?? 'unknown' } };
}

/** `lsof -F pcun` by process: a connection is named `127.0.0.1:18789->127.0.0.1:50412`. */
export function parseLsofSocketPeer(text: string, port: number, peerPort: number): SocketPeer | undefined {
  let [pid, name, user] = ['', '', ''];
  for (const line of text.split('\n')) {
    const value = line.slice(1);
    if (line.startsWith('p')) [pid, name, user] = [value, '', ''];
    else if (line.startsWith('c')) name = value;
    else if (line.startsWith('u')) user = value;
    else if (line.startsWith('n') && isBetween(value, port, peerPort))
      return { owner: { pid: Number(pid), name }, ...(user === '' ? {} : { user: Number(user) }) };
  }
  return undefined;
}

function isBetween(ends: string, port: number, peerPort: number): boolean {
  const [from = '', to = ''] = ends.split('->');
  return from.endsWith(`:${String(port)}`) && to.endsWith(`:${String(peerPort)}`);
}

/** macOS, as `lsofListener`: of other users' sockets it tells root alone. */
export async function lsofSocketPeer(
  port: number,
  localPort: number,
  file = '/usr/sbin/lsof',
): Promise<SocketPeer | undefined> {
  const text = await runTool(file, ['-nP', `-iTCP:${String(port)}`, '-sTCP:ESTABLISHED', '-Fpcun']);
  return parseLsofSocketPeer(text, port, localPort);
}
