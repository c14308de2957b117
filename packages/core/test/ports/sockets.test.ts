import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { browserSockets } from '../../src/ports/browser/browser-sockets.ts';
import { wsSockets } from '../../src/ports/node/ws-sockets.ts';
import { freePort, startHttp, startServer, startTcp } from './servers.ts';
import { SocketLog } from './socket-log.ts';

describe.each([
  ['ws', wsSockets],
  ['browser', browserSockets],
])('%s sockets', (name, factory) => {
  test('carry text both ways, and tell of the end once with its code and reason', async () => {
    const url = await startServer((socket) => {
      socket.on('message', (data) => {
        socket.send(`heard ${String(data)}`);
        socket.close(4321, 'enough');
      });
    });
    const log = new SocketLog(factory, url);
    await log.opened;
    log.socket.send('hello ü€𐍈');
    expect(await log.ended).toEqual({ code: 4321, reason: 'enough' });
    expect(log.reported).toEqual(['opened', 'text', 'ended']);
    expect(log.texts).toEqual(['heard hello ü€𐍈']);
  });

  test('close says goodbye with code and reason', async () => {
    const heard = Promise.withResolvers<string>();
    const url = await startServer((socket) => {
      socket.on('close', (code, reason) => heard.resolve(`${String(code)} ${reason.toString()}`));
    });
    const log = new SocketLog(factory, url);
    await log.opened;
    log.socket.close(1000, 'bye');
    expect(await heard.promise).toBe('1000 bye');
    expect(await log.ended).toMatchObject({ code: 1000 });
  });

  test('terminate ends at once, however silent the other side is, and may be called again', async () => {
    const url = await startServer((socket) => socket.pause());
    const log = new SocketLog(factory, url);
    await log.opened;
    log.socket.terminate();
    log.socket.terminate();
    log.socket.send('into the void');
    await log.ended;
    expect(log.reported).toEqual(['opened', 'ended']);
  });

  test('terminate before it is open ends it as well', async () => {
    const url = await startTcp(() => undefined);
    const log = new SocketLog(factory, url);
    log.socket.send('too early');
    log.socket.terminate();
    await log.ended;
    expect(log.reported).toEqual(['ended']);
  });

  test('binary frames are told by their size', async () => {
    const url = await startServer((socket) => socket.send(new Uint8Array(77)));
    const log = new SocketLog(factory, url);
    await log.hears('binary 77');
    log.socket.terminate();
    await log.ended;
  });

  test('a message larger than allowed ends it and is not handed on', async () => {
    const url = await startServer((socket) => socket.send('x'.repeat(2_000)));
    const log = new SocketLog(factory, url, 1_000);
    expect(await log.ended).toMatchObject({ failure: { kind: 'too-large' } });
    expect(log.texts).toEqual([]);
  });

  test('a port without a listener refuses the connection', async () => {
    const log = new SocketLog(factory, `ws://127.0.0.1:${String(await freePort())}/`);
    const end = await log.ended;
    expect(end.code).toBe(1006);
    expect(log.reported).toEqual(['ended']);
    if (name === 'ws')
      expect(end.failure).toMatchObject({ kind: 'refused', message: expect.stringContaining('ECONNREFUSED') });
  });

  test('an address that cannot be used throws', () => {
    expect(() => new SocketLog(factory, 'no address')).toThrow();
  });
});

describe('ws sockets, where browsers tell nothing', () => {
  test('ping, and life told by ping and pong of the other side', async () => {
    const pinged = Promise.withResolvers<void>();
    const url = await startServer((socket) => {
      socket.on('ping', () => pinged.resolve());
      socket.ping();
    });
    const log = new SocketLog(wsSockets, url);
    await log.hears('beat');
    log.socket.ping?.();
    await pinged.promise;
    log.socket.terminate();
    await log.ended;
    log.socket.ping?.();
  });

  test('the upgrade request has no Origin and asks for no compression', async () => {
    const headers = Promise.withResolvers<Readonly<Record<string, unknown>>>();
    const log = new SocketLog(wsSockets, await startServer((_, sent) => headers.resolve(sent)));
    expect(await headers.promise).not.toHaveProperty('origin');
    expect(await headers.promise).not.toHaveProperty('sec-websocket-extensions');
    log.socket.terminate();
  });

  test('a Unix socket is reached by its path', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sockets-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, 'gateway.sock');
    const log = new SocketLog(wsSockets, await startServer((socket) => socket.send('hello'), path));
    await log.hears('text');
    log.socket.close(1000, '');
    expect(await log.ended).toMatchObject({ code: 1000 });
    const missing = new SocketLog(wsSockets, `ws+unix://${join(folder, 'nobody.sock')}:/`);
    expect(await missing.ended).toMatchObject({
      failure: { kind: 'refused', message: expect.stringContaining('ENOENT') },
    });
  });

  test.each([200, 401, 403, 404, 429, 503])('an upgrade answered with HTTP %i', async (status) => {
    const url = await startHttp((response) => {
      response.statusCode = status;
      response.end('<html>a page</html>');
    });
    const log = new SocketLog(wsSockets, url);
    expect(await log.ended).toMatchObject({ code: 1006, failure: { kind: 'not-websocket', status } });
    expect(log.reported).toEqual(['ended']);
  });

  test.each([
    ['that is no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n', 'not-websocket'],
    [
      'with the wrong key',
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n',
      'not-websocket',
    ],
  ])('an upgrade answered with something %s', async (_, answer, kind) => {
    const url = await startTcp((socket) => socket.once('data', () => socket.write(answer)));
    const log = new SocketLog(wsSockets, url);
    expect(await log.ended).toMatchObject({ failure: { kind } });
  });

  test('a connection broken before the upgrade is answered', async () => {
    const url = await startTcp((socket) => socket.once('data', () => socket.destroy()));
    const log = new SocketLog(wsSockets, url);
    expect(await log.ended).toMatchObject({ failure: { kind: 'refused' } });
  });

  test('a connection broken later is an end without a word', async () => {
    const url = await startServer((socket) => socket.once('message', () => socket.terminate()));
    const log = new SocketLog(wsSockets, url);
    await log.opened;
    log.socket.send('now');
    expect(await log.ended).toEqual({ code: 1006, reason: '' });
  });

  test('a name that does not exist', async () => {
    const log = new SocketLog(wsSockets, 'ws://no-such-host.invalid:1/');
    expect(await log.ended).toMatchObject({ failure: { kind: 'unresolved' } });
  });

  test('what has not gone out is counted, and gone with the socket', async () => {
    const url = await startServer((socket) => socket.pause());
    const log = new SocketLog(wsSockets, url);
    await log.opened;
    for (let i = 0; i < 200; i += 1) log.socket.send('x'.repeat(100_000));
    expect(log.socket.bufferedAmount).toBeGreaterThan(1_000_000);
    log.socket.terminate();
    await log.ended;
  });
});
