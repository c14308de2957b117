import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, type Socket } from 'node:net';
import type { HttpAnswer } from '@deskclaw/protocol';
import { WebSocket } from 'ws';
import { errorCode } from '../files.ts';
import type { CloseInfo, SocketFactory, SocketFailure } from '../sockets.ts';
import { CertificateRefused, PeerRefused, verifiedConnection } from './verified-connection.ts';
import { WriteBatcher } from './write-batcher.ts';

const refusedCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOENT',
  'ECONNRESET',
  'EPIPE',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'ETIMEDOUT',
  'EACCES',
]);
const unresolvedCodes: ReadonlySet<string> = new Set(['ENOTFOUND', 'EAI_AGAIN']);
const tlsCode = /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_|ERR_SSL_)/;
/** Classifies an error of `ws` or of the system. */
function readFailure(error: Error): SocketFailure {
  // A name with several addresses fails with one error for each; the first is as good as any.
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return readFailure(error.errors[0]);
  if (error instanceof PeerRefused) return { kind: 'untrusted-peer', message: error.message, problem: error.problem };
  if (error instanceof CertificateRefused)
    return { kind: 'tls', message: error.message, pinnedBy: error.pinned.source };
  const code = errorCode(error) ?? '';
  const message = error.message === '' ? code : error.message;
  if (refusedCodes.has(code)) return { kind: 'refused', message, code };
  if (unresolvedCodes.has(code)) return { kind: 'unresolved', message };
  if (tlsCode.test(code)) return { kind: 'tls', message };
  if (code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') return { kind: 'too-large', message };
  if (code.startsWith('HPE_') || message.startsWith('Invalid Sec-WebSocket') || message.startsWith('Invalid Upgrade')) {
    return { kind: 'not-websocket', message };
  }
  return { kind: 'other', message };
}

function unexpectedAnswer({ statusCode = 0, headers }: IncomingMessage): SocketFailure {
  const { location } = headers;
  const contentType = headers['content-type'];
  const answer: HttpAnswer = {
    status: statusCode,
    ...(contentType === undefined ? {} : { contentType }),
    ...(location === undefined ? {} : { location }),
  };
  const message = `Unexpected server response: ${String(statusCode)}`;
  return { kind: 'not-websocket', message, status: statusCode, answer };
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Whether frames to this URL never leave the machine in plain text: a loopback address without TLS, or a Unix socket. */
function isLocalPlaintext(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  if (protocol === 'ws+unix:') return true;
  const host = hostname.replace(/^\[|\]$/g, '');
  const family = isIP(host);
  return (
    protocol === 'ws:' && (family === 0 ? host === 'localhost' : loopback.check(host, family === 4 ? 'ipv4' : 'ipv6'))
  );
}

/**
 * Leaves the mask of a frame at zero, which `ws` does not apply. Masks keep a page from planting bytes in a proxy between
 * it and the server (RFC 6455, 10.3); on loopback there is none, and masking costs a copy of every message.
 */
const zeroMask = (mask: Buffer): void => {
  mask.fill(0);
};

const trustAny = () => Promise.resolve(undefined);

/**
 * `ws` on Node; `ws+unix:///path.sock:/` reaches a Unix socket. No compression (it costs more than loopback saves), no Origin
 * (OpenClaw takes one for a web page), and no deadlines of its own: the connection above owns them all.
 */
export const wsSockets: SocketFactory = {
  open: (url, options, handlers) => {
    let unverified: Socket | undefined;
    const { verifyPeer, certificate } = options;
    const isSecure = URL.canParse(url) && new URL(url).protocol === 'wss:';
    const createConnection =
      verifyPeer === undefined && certificate === undefined
        ? undefined
        : verifiedConnection(verifyPeer ?? trustAny, { tls: isSecure, certificate }, (connection) => {
            unverified = connection;
          });
    const { protocols = [], headers = {} } = options;
    const socket = new WebSocket(url, [...protocols], {
      headers: { ...headers },
      ...(createConnection === undefined ? {} : { createConnection }),
      perMessageDeflate: false,
      maxPayload: options.maxPayload,
      followRedirects: false,
      skipUTF8Validation: false,
      ...(isLocalPlaintext(url) ? { generateMask: zeroMask } : {}),
    });
    let failure: SocketFailure | undefined;
    let batcher: WriteBatcher | undefined;
    socket.on('upgrade', (response) => {
      batcher = new WriteBatcher(response.socket);
    });
    socket.on('open', () => handlers.opened());
    socket.on('message', (data, isBinary) => {
      // With the default binaryType every message is one Buffer.
      if (!Buffer.isBuffer(data)) return;
      if (isBinary) handlers.binary(data.byteLength, data);
      else handlers.text(data.toString('utf8'));
    });
    socket.on('ping', () => handlers.pong());
    socket.on('pong', () => handlers.pong());
    socket.on('unexpected-response', (_request, response) => {
      failure ??= unexpectedAnswer(response);
      response.destroy();
      socket.terminate();
    });
    socket.on('error', (error) => {
      failure ??= readFailure(error);
    });
    socket.on('close', (code, reason) => {
      unverified?.destroy();
      const end: CloseInfo = { code, reason: reason.toString('utf8') };
      handlers.closed(failure === undefined ? end : { ...end, failure });
    });
    return {
      send: (text) => {
        if (socket.readyState !== WebSocket.OPEN) return;
        batcher?.beforeWrite();
        socket.send(text);
      },
      ping: () => {
        if (socket.readyState === WebSocket.OPEN) socket.ping();
      },
      get bufferedAmount() {
        return socket.bufferedAmount;
      },
      close: (code, reason) => socket.close(code, reason),
      terminate: () => {
        batcher?.flush();
        socket.terminate();
      },
    };
  },
};
