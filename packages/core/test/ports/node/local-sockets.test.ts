import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket as Stream } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { localSockets } from '../../../src/ports/node/local-sockets.ts';
import { wsSockets } from '../../../src/ports/node/ws-sockets.ts';
import { startServer } from '../servers.ts';
import { SocketLog } from '../socket-log.ts';

const MEGABYTE = 1024 * 1024;
const accepted =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: yMQRptJZqsd7XX6RDNvyG2+3u+w=\r\n\r\n';

async function socketPath(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sockets-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return join(folder, 'host.sock');
}

/** Something on a Unix socket that speaks no WebSocket, or its own kind of it. */
async function startRaw(accept: (stream: Stream) => void): Promise<string> {
  const path = await socketPath();
  const open = new Set<Stream>();
  const server = createServer({ allowHalfOpen: true }, (stream) => {
    open.add(stream);
    stream.on('error', () => undefined);
    accept(stream);
  });
  await new Promise<void>((resolve) => void server.listen(path, resolve));
  onTestFinished(() => {
    for (const stream of open) stream.destroy();
    server.close();
  });
  return `ws+unix://${path}:/control`;
}

/** Answers the upgrade and then sends these bytes, in pieces. */
function startSender(...pieces: readonly (Buffer | string)[]): Promise<string> {
  return startRaw((stream) =>
    stream.once('data', () => {
      stream.write(accepted);
      for (const piece of pieces) stream.write(piece);
    }),
  );
}

describe.each([
  ['ours', localSockets],
  ['ws', wsSockets],
])('a real WebSocket server on a Unix socket, with %s', (_, factory) => {
  test('text both ways, and the end once with its code and reason', async () => {
    const url = await startServer(
      (socket) => {
        socket.on('message', (data, isBinary) => {
          socket.send(`heard ${String(data)} ${String(isBinary)}`);
          socket.close(4321, 'enough');
        });
      },
      await socketPath(),
    );
    const log = new SocketLog(factory, url);
    await log.opened;
    log.socket.send('hello ü€𐍈');
    expect(await log.ended).toEqual({ code: 4321, reason: 'enough' });
    expect(log.told).toEqual(['opened', 'text', 'ended']);
    expect(log.texts).toEqual(['heard hello ü€𐍈 false']);
  });

  test.each([0, 125, 126, 65_535, 65_536, 10 * MEGABYTE])(
    '%i bytes there and back, and in fragments',
    async (length) => {
      const url = await startServer(
        (socket) => {
          socket.on('message', (data) => {
            socket.send(String(data));
            const third = Math.ceil(length / 3);
            for (let part = 0; part < 3; part += 1) {
              socket.send(String(data).slice(part * third, (part + 1) * third), { fin: part === 2 });
              if (part === 1) socket.ping();
            }
            socket.close(1000, '');
          });
        },
        await socketPath(),
      );
      const log = new SocketLog(factory, url, 16 * MEGABYTE);
      await log.opened;
      const text = '€'.repeat(Math.floor(length / 3)) + 'x'.repeat(length % 3);
      log.socket.send(text);
      expect(await log.ended).toEqual({ code: 1000, reason: '' });
      expect(log.texts.map((each) => each === text)).toEqual([true, true]);
      expect(log.told).toContain('beat');
    },
  );

  test('a thousand messages at once, in order', async () => {
    const url = await startServer(
      (socket) => {
        socket.on('message', (data) => socket.send(String(data)));
      },
      await socketPath(),
    );
    const log = new SocketLog(factory, url);
    await log.opened;
    const sent = Array.from({ length: 1_000 }, (_, index) => `message ${String(index)}`);
    for (const text of sent) log.socket.send(text);
    while (log.texts.length < sent.length) await new Promise((resolve) => setImmediate(resolve));
    expect(log.texts).toEqual(sent);
    log.socket.terminate();
    await log.ended;
  });

  test('close says goodbye with code and reason', async () => {
    const heard = Promise.withResolvers<string>();
    const url = await startServer(
      (socket) => {
        socket.on('close', (code, reason) => heard.resolve(`${String(code)} ${reason.toString()}`));
      },
      await socketPath(),
    );
    const log = new SocketLog(factory, url);
    await log.opened;
    log.socket.close(1000, 'bye');
    log.socket.close(1000, 'again');
    log.socket.send('too late');
    expect(await heard.promise).toBe('1000 bye');
    expect(await log.ended).toEqual({ code: 1000, reason: 'bye' });
  });

  test('pings are answered, and pongs are signs of life', async () => {
    const answered = Promise.withResolvers<string>();
    const url = await startServer(
      (socket) => {
        socket.on('pong', (data) => answered.resolve(data.toString()));
        socket.ping('are you there');
      },
      await socketPath(),
    );
    const log = new SocketLog(factory, url);
    expect(await answered.promise).toBe('are you there');
    await log.hears('beat');
    log.socket.ping?.();
    while (log.told.filter((what) => what === 'beat').length < 2) await new Promise((resolve) => setImmediate(resolve));
    log.socket.terminate();
    log.socket.terminate();
    await log.ended;
    expect(log.told.at(-1)).toBe('ended');
  });

  test('binary is told by its size; a message larger than allowed ends it', async () => {
    const url = await startServer(
      (socket) => {
        socket.send(new Uint8Array(77));
        socket.send('x'.repeat(2_000));
      },
      await socketPath(),
    );
    const log = new SocketLog(factory, url, 1_000);
    expect(await log.ended).toMatchObject({ code: 1006, failure: { kind: 'too-large' } });
    expect(log.told).toEqual(['opened', 'binary 77', 'ended']);
  });

  test('what has not gone out is counted, and gone with the socket', async () => {
    const url = await startServer((socket) => socket.pause(), await socketPath());
    const log = new SocketLog(factory, url);
    await log.opened;
    for (let i = 0; i < 200; i += 1) log.socket.send('x'.repeat(100_000));
    expect(log.socket.bufferedAmount).toBeGreaterThan(1_000_000);
    log.socket.terminate();
    await log.ended;
  });

  test('nobody there, and nobody there any more', async () => {
    const missing = new SocketLog(factory, `ws+unix://${await socketPath()}:/`);
    expect(await missing.ended).toMatchObject({ code: 1006, failure: { kind: 'refused', code: 'ENOENT' } });
    expect(missing.told).toEqual(['ended']);
  });

  test('a connection broken later is an end without a word', async () => {
    const url = await startServer((socket) => socket.once('message', () => socket.terminate()), await socketPath());
    const log = new SocketLog(factory, url);
    await log.opened;
    log.socket.send('now');
    expect(await log.ended).toEqual({ code: 1006, reason: '' });
  });
});

describe('something else on the socket', () => {
  test.each([
    ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n', undefined],
    ['another status', 'HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n', 426],
    ['the wrong key', accepted.replace('yMQ', 'xxx'), undefined],
    [
      'an extension nobody asked for',
      accepted.replace('\r\n\r\n', '\r\nSec-WebSocket-Extensions: x\r\n\r\n'),
      undefined,
    ],
    ['an answer without end', `HTTP/1.1 101 Y\r\nX: ${'x'.repeat(20_000)}`, undefined],
  ])('that answers with %s', async (_, answer, status) => {
    const log = new SocketLog(
      localSockets,
      await startRaw((stream) => stream.once('data', () => stream.write(answer))),
    );
    const failure = { kind: 'not-websocket', ...(status === undefined ? {} : { status }) };
    expect(await log.ended).toMatchObject({ code: 1006, failure });
    expect(log.told).toEqual(['ended']);
  });

  test('that hangs up', async () => {
    const log = new SocketLog(localSockets, await startRaw((stream) => stream.once('data', () => stream.destroy())));
    expect(await log.ended).toMatchObject({ code: 1006, failure: { kind: 'refused' } });
  });

  test('that never answers can be given up on', async () => {
    const log = new SocketLog(localSockets, await startRaw(() => undefined));
    log.socket.send('too early');
    log.socket.terminate();
    expect((await log.ended).code).toBe(1006);
    expect(log.told).toEqual(['ended']);
  });

  test('whose answer comes a byte at a time, with frames right behind it', async () => {
    const bytes = Buffer.concat([Buffer.from(accepted), Buffer.from([0x81, 2, 0x68, 0x69, 0x88, 2, 0x0f, 0xa0])]);
    const url = await startRaw((stream) =>
      stream.once('data', () => {
        for (const byte of bytes) stream.write(Buffer.from([byte]));
      }),
    );
    const log = new SocketLog(localSockets, url);
    expect(await log.ended).toEqual({ code: 4000, reason: '' });
    expect(log.texts).toEqual(['hi']);
  });

  test.each([
    ['a masked frame', Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0x78])],
    ['a reserved bit', Buffer.from([0xf1, 0])],
    ['text that is not UTF-8', Buffer.from([0x81, 2, 0xc3, 0x28])],
    ['an endless length', Buffer.concat([Buffer.from([0x81, 127]), Buffer.alloc(8, 0xff)])],
    ['noise', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ])('that then sends %s', async (_, bytes) => {
    const log = new SocketLog(localSockets, await startSender(bytes, 'more of it'));
    expect(await log.ended).toMatchObject({ code: 1006, failure: { message: expect.stringMatching(/./) } });
    expect(log.told).toEqual(['opened', 'ended']);
  });

  test('that does not hang up after the goodbyes is hung up on', async () => {
    const log = new SocketLog(localSockets, await startSender(Buffer.from([0x88, 2, 0x03, 0xe9])));
    expect(await log.ended).toEqual({ code: 1001, reason: '' });
  });

  test('that talks on and on after the goodbyes is hung up on too', async () => {
    const url = await startRaw((stream) =>
      stream.once('data', () => {
        stream.write(accepted);
        stream.write(Buffer.from([0x88, 2, 0x03, 0xe9]));
        const talk = setInterval(() => stream.write('and another thing'), 20);
        stream.once('close', () => clearInterval(talk));
      }),
    );
    const log = new SocketLog(localSockets, url);
    expect(await log.ended).toEqual({ code: 1001, reason: '' });
    expect(log.told).toEqual(['opened', 'ended']);
  });

  test.each(['', 'ws://127.0.0.1:1/', 'ws+unix:/no/resource', 'no address'])('the address "%s" throws', (url) => {
    expect(() => new SocketLog(localSockets, url)).toThrow(TypeError);
  });
});
