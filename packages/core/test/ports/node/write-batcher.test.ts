import { createHash } from 'node:crypto';
import { Writable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WriteBatcher } from '../../../src/ports/node/write-batcher.ts';
import { wsSockets } from '../../../src/ports/node/ws-sockets.ts';
import { startTcp } from '../servers.ts';
import { SocketLog } from '../socket-log.ts';

/** Stream that records the chunks of each system call. */
function recordCalls() {
  const calls: string[][] = [];
  const stream = new Writable({
    decodeStrings: false,
    write: (chunk, _, done) => {
      calls.push([String(chunk)]);
      done();
    },
    writev: (chunks, done) => {
      calls.push(chunks.map(({ chunk }) => String(chunk)));
      done();
    },
  });
  const batcher = new WriteBatcher(stream);
  const write = (text: string) => {
    batcher.beforeWrite();
    stream.write(text);
  };
  return { calls, batcher, write };
}

const nextTick = () => new Promise<void>((resolve) => process.nextTick(resolve));

describe('WriteBatcher', () => {
  test('writes of one tick leave in one call, in order', async () => {
    const { calls, write } = recordCalls();
    for (const text of ['a', 'b', 'c']) write(text);
    expect(calls).toEqual([]);
    await nextTick();
    expect(calls).toEqual([['a', 'b', 'c']]);
  });

  test('a single write leaves at the end of its own tick', async () => {
    const { calls, write } = recordCalls();
    write('a');
    await nextTick();
    expect(calls).toEqual([['a']]);
  });

  test('writes made by promise callbacks of one tick leave together', async () => {
    const { calls, write } = recordCalls();
    await Promise.all(['a', 'b', 'c'].map((text) => Promise.resolve(text).then(write)));
    await nextTick();
    expect(calls).toEqual([['a', 'b', 'c']]);
  });

  test('a burst leaves in batches of 64', async () => {
    const { calls, write } = recordCalls();
    for (let n = 0; n < 150; n += 1) write(String(n));
    expect(calls.map((call) => call.length)).toEqual([64, 64]);
    await nextTick();
    expect(calls.map((call) => call.length)).toEqual([64, 64, 22]);
    expect(calls.flat()).toEqual(Array.from({ length: 150 }, (_, n) => String(n)));
  });

  test('flush hands over everything at once, and a flush of nothing does nothing', () => {
    const { calls, batcher, write } = recordCalls();
    batcher.flush();
    write('a');
    write('b');
    batcher.flush();
    expect(calls).toEqual([['a', 'b']]);
    batcher.flush();
    expect(calls).toHaveLength(1);
  });

  test('any order of writes, flushes and ticks loses nothing, keeps the order and leaves nothing corked', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('write', 'write', 'write', 'flush', 'tick'), { maxLength: 300 }),
        async (steps) => {
          const { calls, batcher, write } = recordCalls();
          const written: string[] = [];
          for (const [index, step] of steps.entries()) {
            if (step === 'tick') await nextTick();
            else if (step === 'flush') batcher.flush();
            else {
              write(String(index));
              written.push(String(index));
            }
          }
          await nextTick();
          expect(calls.flat()).toEqual(written);
          expect(Math.max(0, ...calls.map((call) => call.length))).toBeLessThanOrEqual(64);
        },
      ),
      { numRuns: 200 },
    );
  });
});

/** Accepts an upgrade by hand and returns the bytes of the first `bytes` that follow. */
async function receiveFrames(bytes: number) {
  const received = Promise.withResolvers<Buffer>();
  const url = await startTcp((socket) => {
    let data = Buffer.alloc(0);
    let upgraded = false;
    socket.on('data', (chunk) => {
      data = Buffer.concat([data, chunk]);
      const end = data.indexOf('\r\n\r\n');
      if (!upgraded && end >= 0) {
        const key = /Sec-WebSocket-Key: (.*)\r/i.exec(data.toString('latin1'))?.[1] ?? '';
        const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
        socket.write(
          `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
        );
        data = data.subarray(end + 4);
        upgraded = true;
      }
      if (upgraded && data.length >= bytes) received.resolve(data.subarray(0, bytes));
    });
  });
  return { url, received: received.promise };
}

describe('wsSockets', () => {
  test('frames to a loopback address arrive whole, in order and with masks of zero', async () => {
    // Two bytes of header, four of mask, one of payload.
    const { url, received } = await receiveFrames(7 * 100);
    const log = new SocketLog(wsSockets, url);
    await log.opened;
    for (let n = 0; n < 100; n += 1) log.socket.send(String(n % 10));
    const bytes = await received;
    for (let n = 0; n < 100; n += 1) {
      const frame = bytes.subarray(7 * n, 7 * n + 7);
      expect([...frame]).toEqual([0x81, 0x81, 0, 0, 0, 0, 0x30 + (n % 10)]);
    }
    log.socket.terminate();
    await log.ended;
  });

  test('frames sent in the tick of a terminate still leave', async () => {
    const { url, received } = await receiveFrames(7);
    const log = new SocketLog(wsSockets, url);
    await log.opened;
    log.socket.send('x');
    log.socket.terminate();
    expect((await received).subarray(6).toString()).toBe('x');
    await log.ended;
  });
});
