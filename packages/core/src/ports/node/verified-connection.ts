import type { ClientRequestArgs } from 'node:http';
import { connect, isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import type { Problem } from '@deskclaw/protocol';
import type { PeerVerifier, PinnedCertificate } from '../sockets.ts';

/** The other end of a connection was not trusted; nothing was sent to it. */
export class PeerRefused extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.name = 'PeerRefused';
    this.problem = problem;
  }
}

/** The other end showed another certificate than the pinned one; nothing was sent to it. */
export class CertificateRefused extends Error {
  readonly pinned: PinnedCertificate;

  constructor(pinned: PinnedCertificate, found: string | undefined) {
    super(
      `it shows ${found === undefined ? 'no certificate' : `the certificate with SHA-256 ${found}`}, and not the one of ${pinned.source} (SHA-256 ${pinned.fingerprint256})`,
    );
    this.name = 'CertificateRefused';
    this.pinned = pinned;
  }
}

/** Resolves with the encrypted connection once the other end has proven to have the pinned certificate. */
function connectPinned(options: ConnectionOptions, pinned: PinnedCertificate): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    // Whether the chain is trusted does not matter: it is this certificate, or none.
    const socket = connectTls({ ...options, rejectUnauthorized: false });
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      const { fingerprint256 } = socket.getPeerCertificate();
      if (fingerprint256 === pinned.fingerprint256) {
        socket.off('error', reject);
        resolve(socket);
        return;
      }
      socket.destroy();
      reject(new CertificateRefused(pinned, fingerprint256));
    });
  });
}

type Done = (error: Error | null, stream: Duplex) => void;

async function verify(socket: Socket, verifyPeer: PeerVerifier): Promise<void> {
  const { localAddress, localPort, remoteAddress, remotePort } = socket;
  if (localAddress === undefined || localPort === undefined || remoteAddress === undefined || remotePort === undefined)
    throw new Error('the connection closed before its other end could be verified');
  const problem = await verifyPeer({
    localAddress,
    localPort,
    remoteAddress,
    remotePort,
    isOpen: () => socket.readyState === 'open',
  });
  if (problem !== undefined) throw new PeerRefused(problem);
}

/**
 * A `createConnection` for an HTTP request: hands the connection over once its other end is verified, so that the request, which
 * may hold a secret in its path or headers, is written to no other.
 * @param opened called with the connection as soon as there is one, to destroy it should the request be given up
 */
export function verifiedConnection(
  verifyPeer: PeerVerifier,
  secure: { readonly tls: boolean; readonly certificate?: PinnedCertificate | undefined },
  opened: (socket: Socket) => void,
): (options: ClientRequestArgs, done: Done) => undefined {
  return (options, done) => {
    const host = options.host ?? 'localhost';
    const port = Number(options.port);
    const socket = connect({ host, port });
    opened(socket);
    const fail = (error: Error) => {
      socket.destroy();
      done(error, socket);
    };
    const closed = () => fail(new Error('the connection closed before its other end was verified'));
    socket.once('error', fail);
    socket.once('close', closed);
    socket.once('connect', () => {
      verify(socket, verifyPeer).then(() => {
        socket.off('error', fail);
        socket.off('close', closed);
        const servername = isIP(host) === 0 ? host : '';
        const tls = { ...options, host, port, path: undefined, socket, servername };
        if (!secure.tls) done(null, socket);
        else if (secure.certificate === undefined) done(null, connectTls(tls));
        else connectPinned(tls, secure.certificate).then((encrypted) => done(null, encrypted), fail);
      }, fail);
    });
    return undefined;
  };
}
