import { describeProblem, type Problem } from '@deskclaw/protocol';
import type { Clock } from '../ports/clock.ts';
import type { Peer, PeerIdentity, PeerUser, SocketEnds } from '../ports/peer-identity.ts';
import type { OpenConnection } from '../ports/sockets.ts';
import { delay } from './delay.ts';

/** Whom a token or a message may be sent to, besides this user and root. */
export interface PeerTrust {
  /** Names or numbers of users. */
  readonly users: readonly string[];
  /** Whether a program on this machine is trusted whose user the system does not tell. */
  readonly unknown: boolean;
}

export const trustNobody: PeerTrust = { users: [], unknown: false };

function isLoopback(address: string): boolean {
  const plain = address.replace(/^::ffff:/i, '');
  return plain === '::1' || plain.startsWith('127.');
}

/** Whether both ends are on this machine: a loopback address, or an own address of the machine. */
export function isWithinMachine({ localAddress, remoteAddress }: SocketEnds): boolean {
  return isLoopback(remoteAddress) || localAddress === remoteAddress;
}

export function isTrustedUser({ id, name, role }: PeerUser, trust: PeerTrust): boolean {
  return role !== 'other' || trust.users.includes(id) || (name !== undefined && trust.users.includes(name));
}

/** A connection that its other end closes, or has not accepted yet, is not in the tables of the system for a moment. */
const LOOKUPS = 3;
const LOOKUP_PAUSE_MS = 50;

/** Looks up the other end of a connection, again while its user is not told. */
export async function identifyPeer(
  connection: OpenConnection,
  { peerIdentity, clock }: { readonly peerIdentity: PeerIdentity; readonly clock: Clock },
): Promise<Peer> {
  for (let lookup = 1; ; lookup += 1) {
    const peer = await peerIdentity.behindSocket(connection);
    if (peer.user !== undefined || lookup === LOOKUPS || !connection.isOpen()) return peer;
    await delay(clock, LOOKUP_PAUSE_MS);
  }
}

/** Describes the other end of a connection that is not trusted. @param at epoch ms */
export async function untrustedPeerProblem(peer: Peer, { remoteAddress, remotePort }: SocketEnds, at: number) {
  const owner = await peer.findProcess();
  const facts = {
    host: remoteAddress,
    port: remotePort,
    ...(peer.user === undefined ? {} : { user: peer.user }),
    ...(owner === undefined ? {} : { owner }),
  };
  return describeProblem('auth.untrusted-peer', facts, at);
}

/** Returns why a gateway that we did not start must not be sent a token or a message; `undefined`: it may, or it is on another machine. */
export async function checkAttachedPeer(
  connection: OpenConnection,
  trust: PeerTrust,
  ports: { readonly peerIdentity: PeerIdentity; readonly clock: Clock },
): Promise<Problem | undefined> {
  if (!isWithinMachine(connection)) return undefined;
  const peer = await identifyPeer(connection, ports);
  const isTrusted = peer.user === undefined ? trust.unknown : isTrustedUser(peer.user, trust);
  return isTrusted ? undefined : untrustedPeerProblem(peer, connection, ports.clock.wallTime());
}
