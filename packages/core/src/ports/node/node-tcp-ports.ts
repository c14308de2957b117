import { connect, createServer } from 'node:net';
import type { ListeningAddress } from '@deskclaw/protocol';
import { errorCode } from '../files.ts';
import type { PortOwner, PortState, TcpPorts } from '../spawner.ts';
import {
  linuxListener,
  linuxListening,
  lsofListener,
  lsofListening,
  netstatListener,
  netstatListening,
} from './listeners.ts';

const loopbacks = ['127.0.0.1', '::1'];
const CONNECT_LIMIT_MS = 500;

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

/** A gateway listens on both loopbacks, and a client may come by either: both must be ours to have. */
function addressesOf(host: string): readonly string[] {
  return isLoopback(host) ? [...new Set([...(host === 'localhost' ? [] : [host]), ...loopbacks])] : [host];
}

/** Returns what an error says of the port; `undefined`: nothing, it is of another kind. */
function stateOf(code: string | undefined): PortState | undefined {
  switch (code) {
    case 'EADDRINUSE':
      return 'taken';
    case 'EACCES':
    case 'EPERM':
      return 'forbidden';
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
    case 'EINVAL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'no-address';
    default:
      return undefined;
  }
}

/** Listens for a moment. Rejects with an error that says nothing of the port, as where the system has no room for a socket. `exclusive`: never a socket shared with a cluster's other workers. */
function tryListening(host: string, port: number): Promise<PortState> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    // A client may connect during the check; close() would wait for it.
    server.on('connection', (socket) => socket.destroy());
    server.once('error', (error) => {
      const state = stateOf(errorCode(error));
      if (state === undefined) reject(error);
      else resolve(state);
    });
    server.listen({ host, port, exclusive: true, ipv6Only: host.includes(':') }, () => {
      server.close(() => resolve('free'));
    });
  });
}

/**
 * Outside Linux, listening on 127.0.0.1 succeeds beside a listener on every address. The program that then accepts a connection
 * has the port. (A socket that connects to itself, which can happen on a free port, does not count.)
 */
function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(CONNECT_LIMIT_MS, () => settle(false));
    socket.once('error', () => settle(false));
    socket.once('connect', () => settle(socket.localPort !== port));
  });
}

async function check(host: string, port: number, mayBeShadowed: boolean): Promise<PortState> {
  const addresses = addressesOf(host);
  const states = await Promise.all(addresses.map((address) => tryListening(address, port)));
  if (states.includes('taken')) return 'taken';
  // A machine without IPv6 has one loopback, and that is enough.
  const usable = states.filter((state) => state !== 'no-address');
  if (usable.length === 0 || states[0] === 'no-address')
    return host === '::1' || !isLoopback(host) || usable.length === 0 ? 'no-address' : 'free';
  if (usable.includes('forbidden')) return 'forbidden';
  if (mayBeShadowed && (await Promise.all(addresses.map((address) => accepts(address, port)))).includes(true))
    return 'taken';
  return 'free';
}

/**
 * Below the ports that systems hand out to clients (Linux from 32768, macOS and Windows from 49152). A client that tries
 * such a port again and again while nobody listens is one day given it as its own, and connects to itself.
 */
const LOWEST_PORT = 20_000;
const HIGHEST_PORT = 32_767;
const MAX_TRIES = 50;

async function findFree(host: string): Promise<number> {
  for (let tried = 0; tried < MAX_TRIES; tried += 1) {
    const port = LOWEST_PORT + Math.floor(Math.random() * (HIGHEST_PORT - LOWEST_PORT + 1));
    const state = await check(host, port, process.platform !== 'linux');
    if (state === 'free') return port;
    if (state === 'no-address') break;
  }
  throw new Error(`no port on ${host} can be had`);
}

function owner(port: number): Promise<PortOwner | undefined> {
  switch (process.platform) {
    case 'linux':
    case 'android':
      return linuxListener(port);
    case 'win32':
      return netstatListener(port, process.env['SystemRoot'] ?? 'C:\\Windows');
    default:
      return lsofListener(port);
  }
}

function listening(pid: number): Promise<readonly ListeningAddress[]> {
  switch (process.platform) {
    case 'linux':
    case 'android':
      return linuxListening(pid);
    case 'win32':
      return netstatListening(pid, process.env['SystemRoot'] ?? 'C:\\Windows');
    default:
      return lsofListening(pid);
  }
}

export const nodeTcpPorts: TcpPorts = {
  check: (host, port) => check(host, port, process.platform !== 'linux'),
  findFree,
  owner: (port) => owner(port).catch(() => undefined),
  listening: (pid) => listening(pid).catch(() => []),
};
