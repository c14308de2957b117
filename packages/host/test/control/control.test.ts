import { ControlClient, GatewayError, nodeClock } from '@deskclaw/core';
import { memoryChannel } from '@deskclaw/core/internal';
import { describeProblem } from '@deskclaw/protocol';
import { describe, expect, it } from 'vitest';
import {
  Broadcast,
  ControlServer,
  type HostHandlers,
  MAX_BUFFERED_BYTES,
  type Subscriber,
} from '../../src/control/server.ts';

const health = { ok: true, evidence: [] } as const;

describe('Broadcast', () => {
  function subscriber(waiting: () => number): Subscriber & { readonly sent: unknown[]; disconnects: number } {
    const self = {
      topics: new Set(['health'] as const),
      sent: [] as unknown[],
      disconnects: 0,
      get bufferedBytes() {
        return waiting();
      },
      send: (_event: string, payload: unknown) => {
        self.sent.push(payload);
      },
      disconnect: () => {
        self.disconnects += 1;
      },
    };
    return self;
  }

  it('tells those who asked, of what they asked for', () => {
    const broadcast = new Broadcast();
    const one = subscriber(() => 0);
    const leave = broadcast.add(one);
    broadcast.publish('health', health);
    broadcast.publish('log', { at: 1, source: 'gateway', level: 'info', text: 'x' });
    leave();
    broadcast.publish('health', health);
    expect(one.sent).toEqual([health]);
  });

  it('a broadcast disconnects a subscriber that does not read, once, and no other', () => {
    const broadcast = new Broadcast();
    const slow = subscriber(() => MAX_BUFFERED_BYTES + 1);
    const quick = subscriber(() => MAX_BUFFERED_BYTES);
    broadcast.add(slow);
    broadcast.add(quick);
    for (let turn = 0; turn < 3; turn += 1) broadcast.publish('health', health);
    expect([slow.sent.length, slow.disconnects]).toEqual([0, 1]);
    expect([quick.sent.length, quick.disconnects]).toEqual([3, 0]);
  });
});

describe('a memory channel', () => {
  it('carries frames both ways in order, and ends on both sides once', async () => {
    const [one, two] = memoryChannel();
    const seen: string[] = [];
    const ends: number[] = [];
    two.onFrame((text) => seen.push(text));
    one.onClose(({ code }) => ends.push(code));
    two.onClose(({ code }) => ends.push(code));
    for (const text of ['a', 'b', 'c']) one.send(text);
    one.close(1001, 'done');
    one.close(1002, 'again');
    one.send('after');
    await Promise.resolve();
    expect(seen).toEqual(['a', 'b', 'c']);
    expect(ends).toEqual([1001, 1001]);
    const late: number[] = [];
    two.onClose(({ code }) => late.push(code));
    expect(late).toEqual([1001]);
  });

  it('delivers what was sent before it ended', async () => {
    const [one, two] = memoryChannel();
    const seen: string[] = [];
    two.onFrame((text) => seen.push(text));
    one.send('a');
    await Promise.resolve();
    one.send('b');
    await Promise.resolve();
    expect(seen).toEqual(['a', 'b']);
  });
});

describe('client and server', () => {
  const nothing = () => {
    throw new Error('not asked for in these tests');
  };
  const handlers: HostHandlers = {
    'host.info': nothing,
    'host.shutdown': () => ({ stopping: true }),
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
    'gateway.start': () => {
      const facts = { command: 'gw', code: 1, signal: null, cause: 'crash', lastLines: ['oh no'] } as const;
      throw new GatewayError(describeProblem('gateway.exited', facts, 7));
    },
    'gateway.stop': nothing,
    'gateway.restart': nothing,
    'gateway.recover': nothing,
    'gateway.reconnect': () => ({ ok: true }),
    'gateway.health': () => health,
    'gateway.rpc': () => {
      const problem = describeProblem('rpc.error', { method: 'm', code: 'FORBIDDEN', message: 'no' }, 7);
      const rpc = { code: 'FORBIDDEN', message: 'no', data: { why: 1 } };
      throw new GatewayError(problem, { rpc, outcome: 'answered' });
    },
    'gateway.methods': nothing,
    'logs.query': nothing,
    'timeline.query': nothing,
    'config.get': nothing,
    'doctor.run': nothing,
  };

  function pair(): { readonly client: ControlClient; readonly server: ControlServer; readonly faults: unknown[] } {
    const faults: unknown[] = [];
    const server = new ControlServer({ handlers, clock: nodeClock, onFault: (error) => faults.push(error) });
    const [ours, theirs] = memoryChannel();
    server.serve(ours);
    return { server, faults, client: new ControlClient(theirs, { clock: nodeClock }) };
  }
  async function failure(promise: Promise<unknown>): Promise<GatewayError> {
    const error: unknown = await promise.catch((reason: unknown) => reason);
    if (error instanceof GatewayError) return error;
    throw new Error(`expected a GatewayError, got ${String(error)}`);
  }

  it('a problem arrives as it was raised, with its words and actions', async () => {
    const { client } = pair();
    const { problem } = await failure(client.call('gateway.start'));
    expect(problem).toMatchObject({ code: 'gateway.exited', at: 7, retryable: true });
    expect(problem.detail).toContain('oh no');
  });

  it('the gateway’s own error keeps its code and data, also where the code is a word', async () => {
    const { client } = pair();
    const error = await failure(client.call('gateway.rpc', { method: 'm' }));
    expect(error).toMatchObject({
      code: 'rpc.error',
      outcome: 'answered',
      rpc: { code: 'FORBIDDEN', data: { why: 1 } },
    });
  });

  it('a handler with a bug tells nothing of its insides, and the host hears of it', async () => {
    const { client, faults } = pair();
    const error = await failure(client.call('config.get'));
    expect(error.code).toBe('internal');
    expect(JSON.stringify([error.problem, error.rpc])).not.toContain('not asked for');
    expect(faults.map(String).join()).toContain('not asked for');
  });

  it('a request of ours that does not fit is told as ours, not as the gateway’s', async () => {
    const { client } = pair();
    const error = await failure(client.call('gateway.rpc', { method: '' }));
    expect(error.code).toBe('request.invalid');
    expect(error.problem.detail).toContain('params.method');
  });

  it('events come after they were asked for, and stop when they are not wanted', async () => {
    const { client, server } = pair();
    const seen: unknown[] = [];
    client.on('health', (report) => seen.push(report));
    server.publish('health', health);
    await client.subscribe(['health']);
    server.publish('health', health);
    await client.call('events.unsubscribe', { topics: ['health'] });
    server.publish('health', health);
    await client.call('gateway.reconnect');
    expect(seen).toEqual([health]);
  });

  it('the end of the channel ends every call, and leaves the server without it', async () => {
    const { client, server } = pair();
    expect(server.clients).toBe(1);
    client.close();
    expect((await failure(client.call('gateway.health'))).code).toBe('host.unreachable');
    expect((await client.closed).code).toBe(1000);
    await Promise.resolve();
    expect(server.clients).toBe(0);
  });
});
