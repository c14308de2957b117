import type { SocketFailure } from '../sockets.ts';

/**
 * The same for every connection, and its answer known beforehand: the two only prove that a WebSocket server read the
 * request. Hashes cost 3 ms to load, and hundreds of commands a day connect once.
 */
const KEY = 'ZGVza2NsYXctY29udHJvbA==';
const ACCEPT = 'yMQRptJZqsd7XX6RDNvyG2+3u+w=';
const MAX_ANSWER_BYTES = 16_384;

export function upgradeRequest(path: string): string {
  const lines = [
    `GET ${path} HTTP/1.1`,
    'Host: localhost',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${KEY}`,
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

export type UpgradeAnswer =
  | { readonly kind: 'more' }
  /** `rest` came right behind it and is frames already. */
  | { readonly kind: 'accepted'; readonly rest: Buffer }
  | { readonly kind: 'refused'; readonly failure: SocketFailure };

function refused(message: string, status?: number): UpgradeAnswer {
  return { kind: 'refused', failure: { kind: 'not-websocket', message, ...(status === undefined ? {} : { status }) } };
}

/** What a server has said so far to the request. */
export function readUpgradeAnswer(received: Buffer): UpgradeAnswer {
  const end = received.indexOf('\r\n\r\n');
  const [statusLine = '', ...fields] = received
    .toString('latin1', 0, end === -1 ? Math.min(received.length, MAX_ANSWER_BYTES) : end)
    .split('\r\n');
  if (!'HTTP/1.1 '.startsWith(statusLine.slice(0, 9))) return refused('The answer is not HTTP.');
  if (end === -1) return received.length < MAX_ANSWER_BYTES ? { kind: 'more' } : refused('The answer has no end.');
  const status = /^HTTP\/1\.1 (\d{3})(?: |$)/.exec(statusLine)?.[1];
  if (status === undefined) return refused('The answer is not HTTP.');
  if (status !== '101') return refused(`Unexpected server response: ${status}`, Number(status));
  const accepts = fields.some((field) => {
    const colon = field.indexOf(':');
    return field.slice(0, colon).toLowerCase() === 'sec-websocket-accept' && field.slice(colon + 1).trim() === ACCEPT;
  });
  // We ask for no extension and no subprotocol, so a server that chose one of either is not ours.
  const chose = fields.some((field) => /^sec-websocket-(extensions|protocol):/i.test(field));
  if (!accepts || chose) return refused('Invalid Sec-WebSocket headers');
  return { kind: 'accepted', rest: received.subarray(end + 4) };
}
