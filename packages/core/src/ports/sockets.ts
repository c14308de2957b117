import type { HttpAnswer, Problem } from '@deskclaw/protocol';
import type { SocketEnds } from './peer-identity.ts';

/** Why a socket could not be opened or broke, where the transport tells. */
export interface SocketFailure {
  readonly kind: 'refused' | 'unresolved' | 'tls' | 'not-websocket' | 'too-large' | 'untrusted-peer' | 'other';
  readonly message: string;
  /** The system's own code where it refused, e.g. `ECONNREFUSED`. */
  readonly code?: string;
  /** HTTP status of a refused upgrade. */
  readonly status?: number;
  /** The whole answer to the upgrade, where it was HTTP. */
  readonly answer?: HttpAnswer;
  /** The file of the pinned certificate that the other end did not show. */
  readonly pinnedBy?: string;
  /** Why the other end is not trusted. */
  readonly problem?: Problem;
}

/** How a socket ended. Code 1006 and an empty reason where the peer said nothing. */
export interface CloseInfo {
  readonly code: number;
  readonly reason: string;
  readonly failure?: SocketFailure;
}

export interface SocketHandlers {
  opened(): void;
  text(text: string): void;
  binary(bytes: number, data: Uint8Array): void;
  /** Any pong or ping of the peer: life without content. */
  pong(): void;
  /** Called exactly once, and nothing after it. */
  closed(end: CloseInfo): void;
}

/** A connection that is open, and over which nothing was sent yet. */
export interface OpenConnection extends SocketEnds {
  readonly isOpen: () => boolean;
}

/** Resolves with why the other end must not be sent anything; `undefined`: it may. A rejection counts as a refusal. */
export type PeerVerifier = (connection: OpenConnection) => Promise<Problem | undefined>;

/** The one certificate that the other end must show, by any issuer and for any name. */
export interface PinnedCertificate {
  /** SHA-256 of the certificate: `AB:CD:…`. */
  readonly fingerprint256: string;
  /** The file it was read from. */
  readonly source: string;
}

export interface SocketOptions {
  /** Largest inbound message in bytes; a larger one ends the socket with 1009. */
  readonly maxPayload: number;
  /** Asked once for each connection, before its first byte is sent. Not possible in a browser, which does not use it. */
  readonly verifyPeer?: PeerVerifier;
  /** Headers of the upgrade request. May be secret. */
  readonly headers?: Readonly<Record<string, string>>;
  /** WebSocket subprotocols to offer, best first. */
  readonly protocols?: readonly string[];
  /** Of a `wss://` address; without it the certificate must be trusted by this machine. Not possible in a browser. */
  readonly certificate?: PinnedCertificate;
}

export interface Socket {
  /** Sends a text; silently dropped before the socket is open or after its end. */
  send(text: string): void;
  /** Absent where the platform has no ping (browsers). */
  readonly ping?: () => void;
  /** Bytes accepted but not yet given to the system. */
  readonly bufferedAmount: number;
  /** Says goodbye; `ended` follows once the other side has answered, or never if it does not. */
  close(code: number, reason: string): void;
  /** Ends at once, without a closing handshake and without draining. `ended` follows soon. May be called again. */
  terminate(): void;
}

export interface SocketFactory {
  /** Set where the platform sets the headers of an upgrade itself (browsers). */
  readonly refusesHeaders?: true;
  /** Calls no handler before it has returned. @throws where the address cannot be used at all. */
  open(url: string, options: SocketOptions, handlers: SocketHandlers): Socket;
}
