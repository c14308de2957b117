import { describe, expect, test } from 'vitest';
import type { GatewayConnection } from '../../src/connection/connection.ts';
import { GatewayError } from '../../src/errors/gateway-error.ts';
import { ChaosProxy, type Direction, type Fault } from './chaos-proxy.ts';
import { dial, serve } from './real.ts';

const faults: readonly Fault[] = ['kill', 'freeze', 'cut', 'garble'];

/** Short timeouts, so that a missing frame is noticed soon. */
const impatient = {
  dialect: 'jsonrpc',
  reconnect: { baseDelayMs: 20, maxDelayMs: 100, maxAttempts: 100, stableAfterMs: 5_000 },
  heartbeat: { intervalMs: 150, timeoutMs: 150, probeMs: 300 },
  handshakeTimeoutMs: 700,
} as const;

type Ask = (connection: GatewayConnection) => Promise<unknown>;
const asks = {
  plain: (c) => c.request('chat.send', { message: 'plain', sessionKey: 'plain' }),
  idempotent: (c) => c.request('chat.history', { sessionKey: 'idempotent' }),
  keyed: (c) => c.request('chat.send', { message: 'keyed', sessionKey: 'keyed' }, { idempotencyKey: 'key-1' }),
  waiting: (c) => c.request('chat.send', { message: 'waiting', sessionKey: 'waiting' }, { whenDisconnected: 'wait' }),
} satisfies Record<string, Ask>;

/** How a request came out, in one word. */
function outcome(reply: Promise<unknown>): Promise<string> {
  return reply.then(
    () => 'answered',
    (error: unknown) => (error instanceof GatewayError ? (error.outcome ?? error.code) : String(error)),
  );
}

async function timesSaid(connection: GatewayConnection, message: string): Promise<number> {
  const { messages } = await connection.request('chat.history', { sessionKey: message });
  return messages.filter(({ role, text }) => role === 'user' && text === message).length;
}

describe('before there is a session', () => {
  const steps: readonly (readonly [step: string, direction: Direction, containing: string])[] = [
    ['our upgrade', 'up', 'Upgrade'],
    ['its answer', 'down', '101'],
    ['its first answer to a request', 'down', '"health"'],
  ];

  // Most of the time is waiting for what the fault took, so the faults of a step wait together.
  test.each(steps)(
    'a connection broken in any way at %s: who waits is served all the same, who would not wait was never sent',
    async (_, direction, containing) => {
      await Promise.all(faults.map((fault) => expectServed(fault, direction, containing)));
    },
  );

  async function expectServed(fault: Fault, direction: Direction, containing: string): Promise<void> {
    const gateway = await serve();
    const proxy = await ChaosProxy.start(gateway.port);
    const sprung = proxy.ambush(direction, containing, fault);
    const connection = dial(proxy.url, impatient);
    connection.connect();
    const plain = outcome(asks.plain(connection));
    const waiting = outcome(asks.waiting(connection));
    await sprung;
    expect([fault, await plain, await waiting]).toEqual([fault, 'not-sent', 'answered']);
    expect(await timesSaid(connection, 'waiting'), fault).toBe(1);
    expect(await timesSaid(connection, 'plain'), fault).toBe(0);
    expect(connection.snapshot().counters.attempts, fault).toBeGreaterThanOrEqual(2);
  }
});

describe('in a session', () => {
  const steps: readonly (readonly [step: string, direction: Direction])[] = [
    ['a request on its way there', 'up'],
    ['an answer on its way back', 'down'],
  ];

  test.each(steps)('a connection broken in any way at %s: each request comes out as it must', async (_, direction) => {
    await Promise.all(faults.map((fault) => expectOutcomes(fault, direction)));
  });

  async function expectOutcomes(fault: Fault, direction: Direction): Promise<void> {
    const gateway = await serve();
    const proxy = await ChaosProxy.start(gateway.port);
    const connection = dial(proxy.url, impatient);
    connection.connect();
    await connection.whenReady();
    const sprung = proxy.ambush(direction, direction === 'down' ? '"result"' : '', fault);
    const plain = outcome(asks.plain(connection));
    const idempotent = outcome(asks.idempotent(connection));
    const keyed = outcome(asks.keyed(connection));
    await sprung;
    // The first of the three answers may have been read before the fault.
    expect(await plain, fault).toMatch(direction === 'down' ? /^(unknown|answered)$/ : /^unknown$/);
    expect([fault, await idempotent, await keyed]).toEqual([fault, 'answered', 'answered']);
    expect(await timesSaid(connection, 'keyed'), fault).toBe(1);
    expect(await timesSaid(connection, 'plain'), fault).toBeLessThanOrEqual(1);
    expect(connection.snapshot().pending, fault).toEqual([]);
  }

  test('killed while idle, over and over: it is there again each time', async () => {
    const gateway = await serve();
    const proxy = await ChaosProxy.start(gateway.port);
    const connection = dial(proxy.url, impatient);
    connection.connect();
    for (let i = 0; i < 10; i += 1) {
      await connection.whenReady();
      const sprung = proxy.ambush('down', '"result"', 'kill');
      const reply = outcome(connection.request('system.version'));
      await sprung;
      expect(await reply).toBe('answered');
    }
    expect(connection.snapshot().counters.sessions).toBe(11);
  });
});
