import { GatewayConnection, wsSockets } from '@deskclaw/core';
import { SeededRandom, SimulatedClock } from '@deskclaw/core/testing';
import { WebSocketServer } from 'ws';
import { type Gate, table } from '../report.ts';

const CYCLES = 10_000;
const PENDING = 10_000;
const LISTENERS = 100;
const NOTIFICATIONS = 20_000;

interface Server {
  readonly url: string;
  broadcast(text: string): void;
  drop(): void;
  close(): void;
}

/** Answers the handshake's question and nothing else. */
async function startServer(): Promise<Server> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  server.on('connection', (socket) => {
    socket.on('message', (data) => {
      const { id, method } = JSON.parse(String(data));
      if (method === 'system.health') socket.send(JSON.stringify({ jsonrpc: '2.0', id, result: { ok: true } }));
    });
  });
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  return {
    url: `ws://127.0.0.1:${String(address.port)}/`,
    broadcast: (text) => {
      for (const socket of server.clients) socket.send(text);
    },
    drop: () => {
      for (const socket of server.clients) socket.terminate();
    },
    close: () => {
      for (const socket of server.clients) socket.terminate();
      server.close();
    },
  };
}

function ready(connection: GatewayConnection): Promise<void> {
  return new Promise((resolve) => {
    connection.once('ready', () => resolve());
    connection.connect();
  });
}

function heapMb(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 1024 / 1024;
}

/** Connects and disconnects one connection again and again: memory must not grow with the count. */
async function cycles(server: Server): Promise<number> {
  const connection = new GatewayConnection({ url: server.url, dialect: 'jsonrpc', socketFactory: wsSockets });
  const turn = async (count: number) => {
    for (let index = 0; index < count; index += 1) {
      await ready(connection);
      await connection.disconnect();
    }
  };
  await turn(CYCLES / 10);
  const before = heapMb();
  await turn(CYCLES);
  return heapMb() - before;
}

/** From the loss of the connection to the last of 10,000 rejections, ms. */
async function loss(server: Server): Promise<number> {
  const connection = new GatewayConnection({
    url: server.url,
    dialect: 'jsonrpc',
    socketFactory: wsSockets,
    request: { maxInFlight: PENDING },
  });
  await ready(connection);
  const calls = Array.from({ length: PENDING }, () => connection.request('never.answered', {}).catch(() => undefined));
  const began = new Promise<number>((resolve) => connection.once('ended', () => resolve(performance.now())));
  const first = Promise.race(calls).then(() => performance.now());
  server.drop();
  await Promise.all(calls);
  const took = performance.now() - Math.min(await first, await began);
  await connection.disconnect();
  return took;
}

/** One notification to 100 listeners, µs each. */
async function fanOut(server: Server): Promise<number> {
  const connection = new GatewayConnection({ url: server.url, dialect: 'jsonrpc', socketFactory: wsSockets });
  await ready(connection);
  let heard = 0;
  const done = new Promise<void>((resolve) => {
    for (let index = 0; index < LISTENERS; index += 1) {
      connection.on('notification', () => {
        heard += 1;
        if (heard === LISTENERS * NOTIFICATIONS) resolve();
      });
    }
  });
  const cpu = process.cpuUsage();
  const text = JSON.stringify({ jsonrpc: '2.0', method: 'chat.message_received', params: { text: 'x'.repeat(100) } });
  for (let index = 0; index < NOTIFICATIONS; index += 1) server.broadcast(text);
  await done;
  const used = process.cpuUsage(cpu);
  await connection.disconnect();
  return (used.user + used.system) / NOTIFICATIONS;
}

interface Herd {
  readonly peakPerSecond: number;
  readonly allBackAfterMs: number;
}

/** 10,000 clients lose one gateway that stays away for 3 s, in virtual time: who knocks when. */
async function herd(jitter: boolean): Promise<Herd> {
  const clients = 10_000;
  const awayMs = 3_000;
  const clock = new SimulatedClock();
  const seed = new SeededRandom(1);
  const knocks = new Map<number, number>();
  let back = 0;
  let allBackAt = 0;
  let away = false;
  let awaySince = 0;
  const connections = Array.from({ length: clients }, () => {
    const connection = new GatewayConnection({
      url: 'ws://gateway/',
      dialect: 'jsonrpc',
      clock,
      random: jitter ? seed : { next: () => 0.5, uuid: () => seed.uuid() },
      socketFactory: {
        open: (_url, _options, handlers) => {
          const second = Math.floor((clock.now() - awaySince) / 1_000);
          if (away) knocks.set(second, (knocks.get(second) ?? 0) + 1);
          const refused = away && clock.now() - awaySince < awayMs;
          clock.schedule(1, () => {
            if (refused) handlers.ended({ code: 1006, reason: '', failure: { kind: 'refused', message: 'refused' } });
            else handlers.opened();
          });
          const end = () => clock.schedule(0, () => handlers.ended({ code: 1006, reason: '' }));
          losses.push(end);
          return {
            send: (frame) => {
              const { id, method } = JSON.parse(frame);
              if (method === 'system.health') {
                clock.schedule(1, () => handlers.text(JSON.stringify({ jsonrpc: '2.0', id, result: { ok: true } })));
              }
            },
            bufferedAmount: 0,
            close: end,
            terminate: end,
          };
        },
      },
    });
    connection.on('ready', () => {
      if (!away) return;
      back += 1;
      if (back === clients) allBackAt = clock.now();
    });
    return connection;
  });
  const losses: (() => void)[] = [];
  for (const connection of connections) connection.connect();
  await clock.advance(20_000);
  away = true;
  awaySince = clock.now();
  for (const lose of losses.splice(0)) lose();
  await clock.advance(60_000);
  for (const connection of connections) void connection.disconnect();
  return { peakPerSecond: Math.max(...knocks.values()), allBackAfterMs: allBackAt - awaySince };
}

export async function measureConnections(): Promise<readonly Gate[]> {
  const server = await startServer();
  const grown = await cycles(server);
  const settled = await loss(server);
  const perNotification = await fanOut(server);
  server.close();
  const withJitter = await herd(true);
  const without = await herd(false);
  table(
    ['measured', 'value'],
    [
      [`heap after ${String(CYCLES)} connects and disconnects`, `${grown >= 0 ? '+' : ''}${grown.toFixed(1)} MB`],
      [`${String(PENDING)} pending settled after a loss`, `${settled.toFixed(1)} ms`],
      [`one notification to ${String(LISTENERS)} listeners`, `${perNotification.toFixed(1)} µs CPU (server included)`],
      [
        '10,000 clients back after 3 s without a gateway',
        `${withJitter.allBackAfterMs.toFixed(0)} ms (${without.allBackAfterMs.toFixed(0)} without jitter)`,
      ],
      [
        'most connects within one second',
        `${String(withJitter.peakPerSecond)} (${String(without.peakPerSecond)} without jitter)`,
      ],
    ],
  );
  return [
    { name: `heap growth over ${String(CYCLES)} reconnects, MB`, value: grown, limit: 5, better: 'below' },
    { name: `ms to settle ${String(PENDING)} pending after a loss`, value: settled, limit: 50, better: 'below' },
  ];
}
