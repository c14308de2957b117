import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { nodeClock } from '@deskclaw/core';
import { parseJson } from '@deskclaw/protocol';
import { expect, it, onTestFinished } from 'vitest';
import { LineChannel } from '../../src/control/line-channel.ts';
import { ControlServer, type HostHandlers } from '../../src/control/server.ts';

const FOLLOWERS = 100;
/** 800 KB a client: more than a socket of the system takes from one that does not read. */
const RECORDS = 400;
const TEXT = 'z'.repeat(2_000);

/** Answers nothing: these clients only follow. */
const handlers = new Proxy<Partial<HostHandlers>>({}, { get: () => () => ({}) }) as HostHandlers;

interface Follower {
  readonly socket: Socket;
  /** Resolves with the longest time between a record and its arrival, ms, once that many came. */
  readonly slowest: Promise<number>;
}

async function follow(path: string, reads: boolean): Promise<Follower> {
  const socket = connect(path);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write('{"jsonrpc":"2.0","id":1,"method":"events.subscribe","params":{"topics":["log"]}}\n');
  const lines = createInterface({ input: socket });
  await once(lines, 'line');
  if (!reads) {
    socket.pause();
    return { socket, slowest: Promise.resolve(0) };
  }
  let [count, longest] = [0, 0];
  const slowest = new Promise<number>((resolve, reject) => {
    lines.on('line', (line) => {
      const { params } = parseJson(line) as { readonly params: { readonly at: number } };
      longest = Math.max(longest, performance.now() - params.at);
      count += 1;
      if (count === RECORDS) resolve(longest);
    });
    lines.on('close', () => reject(new Error(`the host closed the connection after ${String(count)} records`)));
  });
  return { socket, slowest };
}

it('100 clients follow the logs, and the one that reads nothing delays none of the others', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'deskclaw-followers-'));
  const path = join(folder, 'sock');
  const control = new ControlServer({ handlers, clock: nodeClock, onFault: () => undefined });
  const server = createServer({ allowHalfOpen: true }, (stream) => {
    control.serve(new LineChannel(stream, { clock: nodeClock, pausesReading: true }));
  }).listen(path);
  await once(server, 'listening');
  const stuck = await follow(path, false);
  const others = await Promise.all(Array.from({ length: FOLLOWERS - 1 }, () => follow(path, true)));
  onTestFinished(() => {
    for (const { socket } of [stuck, ...others]) socket.destroy();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  expect(control.clients).toBe(FOLLOWERS);
  const publishing = (async () => {
    for (let sent = 0; sent < RECORDS; sent += 1) {
      control.publish('log', { at: performance.now(), source: 'gateway', level: 'info', text: TEXT });
      // As a gateway prints: a turn of the event loop between two lines.
      await new Promise(setImmediate);
    }
  })();
  const slowest = Math.max(...(await Promise.all(others.map((each) => each.slowest))));
  await publishing;
  // 80 MB in all, in one process with its readers: a record is late by what is written at once, and not by the stuck one.
  expect(slowest).toBeLessThan(2_000);
  // What it has not read is within its bounds; beyond them only it is disconnected (see `Broadcast`).
  expect(control.clients).toBe(FOLLOWERS);
});
