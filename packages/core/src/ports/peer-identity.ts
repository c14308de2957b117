import type { PortOwner } from './spawner.ts';

/** Both ends of an open TCP connection of ours. */
export interface SocketEnds {
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
}

/** A user of this machine. */
export interface PeerUser {
  /** The number of the user; on Windows the security identifier. */
  readonly id: string;
  /** Absent where no name was looked up, or there is none. */
  readonly name?: string;
  /** `own`: the user this process runs as. `system`: root; on Windows the system itself. */
  readonly role: 'own' | 'system' | 'other';
}

/** What the system tells about the other end of a connection. */
export interface Peer {
  /** Absent where the system does not tell: the other end is in a container, or belongs to a user whose sockets we may not see. */
  readonly user?: PeerUser;
  /** Finds the process that holds the socket, where the system shows it. @param guess the most likely pid, which is checked first */
  readonly findProcess: (guess?: number) => Promise<PortOwner | undefined>;
}

/** Tells which user and which process are behind a socket or a pid. Never rejects and never throws. */
export interface PeerIdentity {
  /** Returns who is behind the other end of a connection within this machine. */
  behindSocket(ends: SocketEnds): Promise<Peer>;
  /** Returns the users whose rights a process has or may take; empty where the system does not tell. */
  behindProcess(pid: number): readonly PeerUser[];
}
