import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { describeProblem } from '@deskclaw/protocol';
import { describe, expect, onTestFinished, test } from 'vitest';
import { nodeHttp } from '../../../src/ports/node/node-http.ts';
import { wsSockets } from '../../../src/ports/node/ws-sockets.ts';
import type { CloseInfo, OpenConnection, PeerVerifier } from '../../../src/ports/sockets.ts';
import { startHttp, startServer } from '../servers.ts';

const untrusted = describeProblem('auth.untrusted-peer', { host: '127.0.0.1', port: 1 }, 0);

/** A server that keeps what it receives. */
async function startRecorder(): Promise<{ readonly url: string; readonly port: number; heard: () => string }> {
  let heard = '';
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      heard += data.toString();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `//user:secret@127.0.0.1:${String(port)}/ws?token=secret`, port, heard: () => heard };
}

function open(url: string, verifyPeer: PeerVerifier) {
  const opened = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<CloseInfo>();
  const nothing = () => undefined;
  const socket = wsSockets.open(
    url,
    { maxPayload: 1_000, verifyPeer },
    { opened: opened.resolve, text: nothing, binary: nothing, pong: nothing, closed: closed.resolve },
  );
  return { socket, opened: opened.promise, closed: closed.promise };
}

describe('a connection whose peer is verified', () => {
  test('a WebSocket to a trusted peer opens, and the verifier sees both ends', async () => {
    const seen: OpenConnection[] = [];
    const url = await startServer(() => undefined);
    const { socket, opened } = open(url, async (connection) => {
      seen.push({ ...connection });
      expect(connection.isOpen()).toBe(true);
      return undefined;
    });
    await opened;
    socket.terminate();
    expect(seen).toMatchObject([
      { localAddress: '127.0.0.1', remoteAddress: '127.0.0.1', remotePort: Number(new URL(url).port) },
    ]);
  });

  test.each<[string, PeerVerifier, object]>([
    ['refused', async () => untrusted, { kind: 'untrusted-peer', problem: untrusted }],
    ['not decided, because the check failed', () => Promise.reject(new Error('no look')), { kind: 'other' }],
  ])('a WebSocket sends nothing when its peer is %s', async (_how, verifyPeer, failure) => {
    const { url, heard } = await startRecorder();
    const { closed } = open(`ws:${url}`, verifyPeer);
    expect(await closed).toMatchObject({ code: 1006, failure });
    expect(heard()).toBe('');
  });

  test('a TLS connection does not begin before the peer is verified', async () => {
    const { url, heard } = await startRecorder();
    const { closed } = open(`wss:${url}`, async () => untrusted);
    expect(await closed).toMatchObject({ failure: { kind: 'untrusted-peer' } });
    expect(heard()).toBe('');
  });

  test('a TLS connection begins once the peer is verified', async () => {
    const { url, heard } = await startRecorder();
    const { socket, closed } = open(`wss:${url}`, async () => undefined);
    await expect.poll(heard).not.toBe('');
    socket.terminate();
    await closed;
  });

  test('a WebSocket that is terminated during the verification closes and leaves no connection', async () => {
    const { url, heard } = await startRecorder();
    const verdict = Promise.withResolvers<undefined>();
    const asked = Promise.withResolvers<OpenConnection>();
    const { socket, closed } = open(`ws:${url}`, (connection) => {
      asked.resolve(connection);
      return verdict.promise;
    });
    const connection = await asked.promise;
    socket.terminate();
    await closed;
    expect(connection.isOpen()).toBe(false);
    verdict.resolve(undefined);
    expect(heard()).toBe('');
  });

  test('an HTTP request is sent once its peer is verified, and not at all when it is refused', async () => {
    const url = (await startHttp((response) => response.end('here'))).replace('ws:', 'http:');
    expect(await nodeHttp.get(url, 2_000, async () => undefined)).toMatchObject({ status: 200, body: 'here' });
    const recorder = await startRecorder();
    expect(await nodeHttp.get(`http:${recorder.url}`, 2_000, async () => untrusted)).toEqual({
      failure: untrusted.detail,
    });
    expect(recorder.heard()).toBe('');
  });

  test('an HTTP request whose peer is verified for too long ends by its timeout', async () => {
    const { url, heard } = await startRecorder();
    const answer = await nodeHttp.get(`http:${url}`, 50, () => new Promise(() => undefined));
    expect(answer).toEqual({ failure: 'no answer within 50 ms' });
    expect(heard()).toBe('');
  });
});
