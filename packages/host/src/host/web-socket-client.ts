import { createHash } from 'node:crypto';

/** GUID of RFC 6455, with which the server proves that it read the key of the request. */
const WEB_SOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
/** Close code for a message that the server does not accept. */
const POLICY = 1_008;
/** A close frame holds at most 125 bytes, two of them the code. */
const MAX_REASON_BYTES = 123;

interface OwnHost {
  readonly version: string;
  readonly pid: number;
}

function closeFrame(reason: string): Buffer {
  const text = Buffer.from(reason).subarray(0, MAX_REASON_BYTES);
  const head = Buffer.from([0x88, text.length + 2, POLICY >> 8, POLICY & 0xff]);
  return Buffer.concat([head, text]);
}

/**
 * Answers a client that speaks HTTP to the control socket, as earlier versions of `deskclaw` do; `undefined` for any
 * other. Such a command prints the reason of a WebSocket close and nothing else that a server says, so its upgrade is
 * accepted and closed with that reason. Plain HTTP is answered with 426 and the same sentence.
 */
export function answerWebSocketClient(first: Buffer, { version, pid }: OwnHost): Buffer | undefined {
  const request = first.toString('latin1', 0, 4_096);
  if (!/^[A-Z]+ \S+ HTTP\/1\.[01]\r?\n/.test(request)) return undefined;
  const sentence = `The host is DeskClaw ${version}. Update this older command, or end the host: kill ${String(pid)}`;
  const key = /^sec-websocket-key:[ \t]*(\S+)/im.exec(request)?.[1];
  if (key === undefined) {
    const body = `${sentence}\n`;
    return Buffer.from(
      [
        'HTTP/1.1 426 Upgrade Required',
        'Connection: close',
        'Content-Type: text/plain; charset=utf-8',
        `Content-Length: ${String(Buffer.byteLength(body))}`,
        '',
        body,
      ].join('\r\n'),
    );
  }
  const accept = createHash('sha1')
    .update(key + WEB_SOCKET_GUID)
    .digest('base64');
  const head = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${accept}`,
    '',
    '',
  ].join('\r\n');
  return Buffer.concat([Buffer.from(head), closeFrame(sentence)]);
}
