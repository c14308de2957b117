import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { nodeClock } from '@deskclaw/core';
import { isObject, type LogRecord, parseJson } from '@deskclaw/protocol';
import { expect, it, onTestFinished } from 'vitest';
import { LineChannel } from '../../src/control/line-channel.ts';
import { ControlServer, type HostHandlers } from '../../src/control/server.ts';

/** 8 MB as JSON, as a gateway that prints long lines makes them. */
const records: readonly LogRecord[] = Array.from({ length: 1_000 }, (_, at) => ({
  at,
  source: 'gateway',
  level: 'info',
  text: `${String(at)} ${'z'.repeat(8_000)}`,
}));

const name = 'x'.repeat(500_000);

/** Returns a client of a control server on a real socket. */
async function connectedClient(): Promise<Socket> {
  const nothing = () => {
    throw new Error('not asked for in these tests');
  };
  const handlers: HostHandlers = {
    'host.info': nothing,
    'host.shutdown': nothing,
    'host.openDashboard': nothing,
    'host.revokeDashboard': nothing,
    'host.rotateToken': nothing,
    'host.serveMetrics': nothing,
    'host.saveSteps': nothing,
    'profiles.list': nothing,
    'profiles.add': nothing,
    'profiles.use': nothing,
    'profiles.remove': nothing,
    'metrics.snapshot': nothing,
    'gateway.status': nothing,
    'gateway.start': nothing,
    'gateway.stop': nothing,
    'gateway.restart': nothing,
    'gateway.recover': nothing,
    'gateway.reconnect': () => ({ ok: true }),
    'gateway.health': nothing,
    'gateway.rpc': nothing,
    'gateway.methods': () => ({ source: 'known', methods: [name], events: [] }),
    'logs.query': () => ({ records: [...records], truncated: false }),
    'timeline.query': nothing,
    'config.get': nothing,
    'doctor.run': nothing,
  };
  const folder = mkdtempSync(join(tmpdir(), 'deskclaw-slow-'));
  const path = join(folder, 'sock');
  const control = new ControlServer({ handlers, clock: nodeClock, onFault: () => undefined });
  const server = createServer({ allowHalfOpen: true }, (stream) => {
    control.serve(new LineChannel(stream, { clock: nodeClock, pausesReading: true }));
  }).listen(path);
  await once(server, 'listening');
  const client = connect(path);
  client.on('error', () => undefined);
  onTestFinished(() => {
    client.destroy();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return client;
}

function requests(count: number, methodOf: (id: number) => string): string {
  const ids = Array.from({ length: count }, (_, index) => index + 1);
  return ids.map((id) => `${JSON.stringify({ jsonrpc: '2.0', id, method: methodOf(id) })}\n`).join('');
}

/** Resolves with the ids of the answers of a client once there are so many, or the connection has ended. */
async function answeredIds(client: Socket, count: number): Promise<readonly unknown[]> {
  const ids: unknown[] = [];
  for await (const line of createInterface({ input: client })) {
    const message = parseJson(line);
    if (isObject(message) && 'id' in message) ids.push(message['id']);
    if (ids.length === count) break;
  }
  return ids;
}

it('T8: six large answers that were asked for at once all arrive, and small ones between them', async () => {
  const client = await connectedClient();
  client.write(requests(12, (id) => (id % 2 === 0 ? 'logs.query' : 'gateway.reconnect')));
  const ids = await answeredIds(client, 12);
  expect(ids.map(Number).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
});

it('T8: a client that sends nothing more still gets every answer before its connection ends', async () => {
  const client = await connectedClient();
  client.end(requests(6, () => 'logs.query'));
  expect(await answeredIds(client, Number.POSITIVE_INFINITY)).toHaveLength(6);
});

it('T8: a greedy client that does not read costs bounded memory, and every request of it is answered', async () => {
  const client = await connectedClient();
  const before = process.memoryUsage();
  client.pause();
  client.write(requests(3_000, () => 'gateway.methods'));
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setTimeout(resolve, 10));
  const now = process.memoryUsage();
  const grown = now.heapUsed + now.external - before.heapUsed - before.external;
  expect(grown).toBeLessThan(40 * 1024 * 1024);
  client.resume();
  client.setEncoding('latin1');
  let answers = 0;
  let rest = '';
  for await (const chunk of client as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()?.slice(-100) ?? '';
    answers += lines.length;
    if (answers >= 3_000) break;
  }
  expect(answers).toBe(3_000);
});
