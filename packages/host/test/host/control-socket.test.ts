import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ControlClient, nodeClock } from '@deskclaw/core';
import { isObject } from '@deskclaw/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { LineChannel, MAX_LINE_BYTES } from '../../src/control/line-channel.ts';
import { ControlServer, type HostHandlers } from '../../src/control/server.ts';
import { ControlSocket } from '../../src/host/control-socket.ts';

const health = { ok: true, evidence: [] } as const;
const askHealth = '{"jsonrpc":"2.0","id":1,"method":"gateway.health"}';

let folder: string;
let path: string;
let server: ControlServer;
let endpoint: ControlSocket;
let sockets: Socket[];
let faults: unknown[];
let served: number;
let answerHealth: () => void;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'control-'));
  path = join(folder, 'run', 'host.sock');
  sockets = [];
  faults = [];
  served = 0;
  const mayAnswer = new Promise<void>((resolve) => {
    answerHealth = resolve;
  });
  const unused = () => {
    throw new Error('not asked for');
  };
  const handlers: HostHandlers = {
    'host.info': unused,
    'host.shutdown': unused,
    'host.openDashboard': unused,
    'host.revokeDashboard': unused,
    'host.rotateToken': unused,
    'host.serveMetrics': unused,
    'host.saveSteps': unused,
    'profiles.list': unused,
    'profiles.add': unused,
    'profiles.use': unused,
    'profiles.remove': unused,
    'metrics.snapshot': unused,
    'gateway.status': unused,
    'gateway.start': unused,
    'gateway.stop': unused,
    'gateway.restart': unused,
    'gateway.recover': unused,
    'gateway.reconnect': unused,
    'gateway.health': async () => {
      await mayAnswer;
      return health;
    },
    // Answers with as many characters as its parameters say.
    'gateway.rpc': ({ params }) => {
      served += 1;
      return 'x'.repeat(Number(isObject(params) ? params['length'] : 0));
    },
    'gateway.methods': unused,
    'logs.query': unused,
    'timeline.query': unused,
    'config.get': unused,
    'doctor.run': unused,
  };
  server = new ControlServer({ clock: nodeClock, onFault: (error) => faults.push(error), handlers });
  endpoint = new ControlSocket({
    path,
    version: '9.9.9',
    clock: nodeClock,
    onChannel: (channel) => server.serve(channel),
  });
  await endpoint.open();
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await endpoint.close();
  await rm(folder, { recursive: true });
});

function connect(options: { readonly allowHalfOpen?: boolean } = {}): Socket {
  const socket = createConnection({ path, ...options });
  socket.on('error', () => undefined);
  sockets.push(socket);
  return socket;
}

/** Reads the lines of a raw socket as JSON, as somebody at `nc -U` sees them. */
function linesOf(socket: Socket): () => Promise<unknown> {
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  return async () => {
    const { done, value } = await lines.next();
    if (done === true) return 'END';
    return value === '' ? '' : JSON.parse(value);
  };
}

function ask(id: number, length: number): string {
  return JSON.stringify({ jsonrpc: '2.0', id, method: 'gateway.rpc', params: { method: 'm', params: { length } } });
}

function openClient(): { readonly client: ControlClient; readonly stream: Socket } {
  const stream = connect();
  return { stream, client: new ControlClient(new LineChannel(stream, { clock: nodeClock }), { clock: nodeClock }) };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

describe('a raw socket, as nc -U opens one', () => {
  it('gets one line of JSON for each line it writes', async () => {
    const socket = connect();
    const next = linesOf(socket);
    socket.write(`${ask(1, 3)}\n`);
    expect(await next()).toEqual({ jsonrpc: '2.0', id: 1, result: 'xxx' });
    socket.write(`${ask(2, 1)}\r\n\r\n\n${ask(3, 2)}\n`);
    expect(await next()).toMatchObject({ id: 2, result: 'x' });
    expect(await next()).toMatchObject({ id: 3, result: 'xx' });
  });

  it('gets the answer to a last line without a line feed, and then the end, where it stops writing', async () => {
    const socket = connect({ allowHalfOpen: true });
    const next = linesOf(socket);
    socket.end(askHealth);
    expect(await next()).toBe('');
    answerHealth();
    expect(await next()).toMatchObject({ id: 1, result: health });
    expect(await next()).toEqual({
      jsonrpc: '2.0',
      method: 'connection.closing',
      params: { code: 1000, reason: 'done' },
    });
    expect(await next()).toBe('END');
  });

  it('leaves the host at once where it is gone before its answer', async () => {
    const socket = connect();
    socket.write(`${askHealth}\n`);
    await until(() => server.clients === 1);
    socket.destroy();
    await until(() => server.clients === 0);
  });

  it('a raw client gets an error for a line that is not JSON and can go on', async () => {
    const socket = connect();
    const next = linesOf(socket);
    socket.write('{"jsonrpc":\n');
    socket.write(Buffer.from([0x22, 0xff, 0x22, 0x0a]));
    socket.write(`${ask(1, 1)}\n`);
    expect(await next()).toMatchObject({ id: null, error: { code: -32_700 } });
    expect(await next()).toMatchObject({ id: null, error: { code: -32_700 } });
    expect(await next()).toMatchObject({ id: 1, result: 'x' });
  });

  it('a raw client gets the reason when the host closes after a line that is too long', async () => {
    const socket = connect();
    const next = linesOf(socket);
    socket.write(Buffer.alloc(MAX_LINE_BYTES + 2, 0x78));
    const params = { code: 1009, reason: 'a line of more than 16777216 bytes' };
    expect(await next()).toMatchObject({ method: 'connection.closing', params });
    expect(await next()).toBe('END');
  });

  it('the host understands lines that arrive one byte at a time', async () => {
    const socket = connect();
    const next = linesOf(socket);
    for (const byte of Buffer.from(`${ask(1, 2)}\n`)) {
      socket.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await next()).toMatchObject({ id: 1, result: 'xx' });
  });
});

describe('ControlClient on a control socket', () => {
  it('gets every answer of a hundred calls made in one tick', async () => {
    const { client } = openClient();
    const lengths = Array.from({ length: 100 }, (_, index) => index);
    const answers = await Promise.all(
      lengths.map((length) => client.call('gateway.rpc', { method: 'm', params: { length } })),
    );
    expect(answers.map((answer) => String(answer).length)).toEqual(lengths);
  });

  it('gets an answer of ten million characters', async () => {
    const { client } = openClient();
    const answer = await client.call('gateway.rpc', { method: 'm', params: { length: 10_000_000 } });
    expect(answer).toHaveLength(10_000_000);
  });

  it('a client gets an error for an answer above the line limit and can call again', async () => {
    const { client } = openClient();
    const call = (length: number) => client.call('gateway.rpc', { method: 'm', params: { length } });
    await expect(call(MAX_LINE_BYTES)).rejects.toMatchObject({
      problem: { detail: expect.stringContaining('larger than the 16777216 bytes') },
    });
    expect(await call(2)).toBe('xx');
    expect(faults).toHaveLength(1);
  });

  it('refuses a request that is larger than a line may be', async () => {
    const { client } = openClient();
    const params = { text: 'x'.repeat(MAX_LINE_BYTES) };
    await expect(client.call('gateway.rpc', { method: 'm', params })).rejects.toMatchObject({
      code: 'request.invalid',
      outcome: 'not-sent',
    });
  });

  it('reports the reason that the host gives when it ends', async () => {
    const { client } = openClient();
    await client.subscribe(['health']);
    const pending = client.call('gateway.health');
    pending.catch(() => undefined);
    await endpoint.close();
    expect(await client.closed).toEqual({ code: 1001, reason: 'the host ends' });
    await expect(pending).rejects.toMatchObject({
      code: 'host.unreachable',
      problem: { detail: expect.stringContaining('the host ends') },
    });
  });

  it('reports a host that is gone without a notice', async () => {
    const { client, stream } = openClient();
    await client.subscribe(['health']);
    stream.destroy();
    expect(await client.closed).toEqual({ code: 1006, reason: '' });
  });

  it('leaves the host at once where it closes in the middle of a call', async () => {
    const { client } = openClient();
    const pending = client.call('gateway.health');
    pending.catch(() => undefined);
    await until(() => server.clients === 1);
    client.close();
    expect(await client.closed).toEqual({ code: 1000, reason: 'done' });
    await until(() => server.clients === 0);
  });
});

describe('a client that does not read', () => {
  it('delays nobody, holds a bounded amount of memory and is dismissed with 1013', async () => {
    const { client, stream } = openClient();
    await client.subscribe(['log']);
    stream.pause();
    const other = openClient();
    await other.client.subscribe(['log']);
    let received = 0;
    other.client.on('log', () => {
      received += 1;
    });
    const text = 'x'.repeat(100_000);
    for (let count = 0; count < 400; count += 1) {
      server.publish('log', { at: count, source: 'gateway', level: 'info', text });
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => received === 400);
    stream.resume();
    expect(await client.closed).toEqual({ code: 1013, reason: 'reads too slowly' });
  });

  it('the host serves no further requests of a client until it reads', async () => {
    const socket = connect();
    socket.pause();
    socket.write(`${ask(1, 4_000_000)}\n`);
    await until(() => served === 1);
    for (let id = 2; id <= 10; id += 1) socket.write(`${ask(id, 1)}\n`);
    const { client } = openClient();
    for (let count = 0; count < 10; count += 1) await client.call('gateway.rpc', { method: 'm' });
    expect(served).toBe(1 + 10);
    const next = linesOf(socket);
    for (let id = 1; id <= 10; id += 1) expect(await next()).toMatchObject({ id });
  });
});

describe('a client that speaks WebSocket on the control socket, as earlier versions do', () => {
  const sentence = `The host is DeskClaw 9.9.9. Update this older command, or end the host: kill ${String(process.pid)}`;

  it('a WebSocket client gets a close reason that says what to do', async () => {
    const socket = new WebSocket(`ws+unix:${path}:/control`);
    const closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => resolve([code, reason.toString()]));
    });
    expect(await closed).toEqual([1008, sentence]);
    await until(() => server.clients === 0);
  });

  it('gets the same sentence with status 426 for a plain HTTP request', async () => {
    const socket = connect();
    const chunks: string[] = [];
    socket.on('data', (chunk) => chunks.push(chunk.toString()));
    socket.write('GET /control HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await new Promise((resolve) => socket.once('end', resolve));
    const answer = chunks.join('');
    expect(answer).toMatch(/^HTTP\/1\.1 426 Upgrade Required\r\n/);
    expect(answer).toContain(`\r\n\r\n${sentence}\n`);
  });
});
