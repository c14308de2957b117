import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { GatewayConnection } from '../../src/connection/connection.ts';
import type { TraceEvent } from '../../src/connection/events.ts';
import { isValidAddress } from '../../src/connection/options.ts';
import { GatewayError } from '../../src/errors/gateway-error.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Logger } from '../../src/ports/logger.ts';
import { ScriptedGateway } from '../../src/testing/scripted-gateway.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { SimulatedNetwork } from '../../src/testing/simulated-network.ts';
import { ADDRESS, Stage } from './stage.ts';

/** A logger that keeps what it was given. */
function recording(): { readonly logger: Logger; readonly lines: string[] } {
  const lines: string[] = [];
  const logger: Logger = {
    log: (level, text, facts) =>
      lines.push(`${level} ${text}${facts === undefined ? '' : ` ${JSON.stringify(facts)}`}`),
  };
  return { logger, lines };
}

describe('the log of a connection', () => {
  test('a listener that throws is logged with the event', async () => {
    const { logger, lines } = recording();
    const stage = await Stage.ready({ logger });
    stage.connection.on('notification', () => {
      throw new Error('a bug');
    });
    const asked = stage.connection.request<string>('echo');
    await stage.clock.advance(10);
    await asked;
    stage.gateway.announce('hint', {});
    await stage.clock.advance(10);
    expect([...new Set(lines)]).toEqual(['error A listener of "notification" failed {"error":"Error: a bug"}']);
  });

  test('a handler that throws is logged with the method, and the gateway gets an error', async () => {
    const { logger, lines } = recording();
    const stage = await Stage.ready({ logger });
    const answers: string[] = [];
    stage.connection.onRequest('ask', () => {
      throw new Error('a bug');
    });
    for (const peer of stage.gateway.peers) {
      peer.onText((text) => answers.push(text));
      peer.send('{"jsonrpc":"2.0","id":1,"method":"ask"}');
    }
    await stage.clock.advance(10);
    expect(lines).toEqual(['error A handler for "ask" failed {"error":"Error: a bug"}']);
    expect(answers).toEqual([expect.stringContaining('"error"')]);
  });

  test.each([
    ['tokenFor', 'The tokens of this device cannot be read: no disk'],
    ['storeToken', 'The token that the gateway gave to this device cannot be kept: no disk'],
  ])('a store of device tokens whose %s fails is logged, and the connection comes up', async (call, line) => {
    const { logger, lines } = recording();
    const device = {
      key: () => Promise.reject(new Error('not asked for')),
      tokenFor: async () => undefined,
      storeToken: async () => undefined,
      forgetToken: async () => undefined,
      [call]: () => Promise.reject(new Error('no disk')),
    };
    const stage = await Stage.ready(
      { logger, dialect: 'openclaw', auth: { token: 'T', device } },
      { dialect: 'openclaw', token: 'T', deviceToken: 'D' },
    );
    expect(stage.connection.session?.dialect).toBe('openclaw');
    expect(lines).toEqual([`warn ${line}`]);
  });

  test('a refused token that cannot be removed from its store is logged', async () => {
    const { logger, lines } = recording();
    const device = {
      key: async () => ({ id: 'i', publicKey: 'p', sign: async () => 's' }),
      tokenFor: async () => 'old',
      storeToken: async () => undefined,
      forgetToken: () => Promise.reject('the disk is gone'),
    };
    const stage = new Stage({ logger, dialect: 'openclaw', auth: { device } }, { dialect: 'openclaw', token: 'T' });
    stage.connection.connect();
    await stage.until('paused');
    expect(lines).toEqual(['warn A token that the gateway does not take any more cannot be removed: the disk is gone']);
  });
});

describe('problems of an attempt', () => {
  test.each<[string, () => string | Promise<string>, string]>([
    ['an error', () => Promise.reject(new Error('no port yet')), 'the gateway: no port yet.'],
    ['no error object', () => Promise.reject('odd'), 'the gateway: for an unknown cause.'],
  ])('an address source that rejects with %s is reported as such', async (_what, url, detail) => {
    const stage = new Stage({ url });
    stage.connection.connect();
    await stage.until('waiting');
    expect(stage.connection.snapshot().problem).toMatchObject({ code: 'connection.refused', detail });
  });

  test('an address of another protocol is reported with those that fit', async () => {
    expect(isValidAddress('ftp://x')).toBe(false);
    const stage = new Stage({ url: () => 'ftp://x' });
    stage.connection.connect();
    await stage.until('paused');
    expect(stage.connection.snapshot().problem?.detail).toContain('url: it must begin with ws:// or wss://');
  });

  test('a refused token is reported with its source', async () => {
    for (const [tokenSource, named] of [
      [undefined, "the connection's options"],
      ['the profile', 'the profile'],
    ] as const) {
      const auth = { token: 'X', ...(tokenSource === undefined ? {} : { tokenSource }) };
      const stage = new Stage({ auth }, { token: 'T' });
      stage.connection.connect();
      await stage.until('paused');
      expect(stage.connection.snapshot().problem).toMatchObject({
        code: 'auth.token-mismatch',
        detail: expect.stringContaining(named),
      });
    }
  });

  test('a gateway of the other dialect than the one that was chosen is a mismatch that names both', async () => {
    const stage = new Stage({ dialect: 'jsonrpc', auth: { token: 'T' } }, { dialect: 'openclaw', token: 'T' });
    stage.connection.connect();
    await stage.until('paused');
    const { problem } = stage.connection.snapshot();
    expect(problem?.code).toBe('protocol.mismatch');
    expect(problem?.detail).toMatch(/jsonrpc.*openclaw/);
  });

  test('a gateway that stays silent is replaced with the seconds waited', async () => {
    const stage = await Stage.ready();
    const problems: string[] = [];
    stage.connection.on('ended', ({ failure }) => problems.push(failure.problem.detail));
    stage.network.freeze();
    await stage.clock.advanceUntil(() => problems.length > 0, 60_000);
    expect(problems).toEqual([
      expect.stringContaining(
        'It answered neither pings nor a request for another 10 s, so the connection is replaced.',
      ),
    ]);
  });

  test('an attempt that is not accepted in time is reported with address, step and time', async () => {
    const stage = new Stage({ handshakeTimeoutMs: 3_000 });
    stage.network.reachability = 'unanswered';
    stage.connection.connect();
    await stage.until('waiting');
    const { problem } = stage.connection.snapshot();
    expect(problem).toMatchObject({ code: 'connection.timeout', detail: expect.stringContaining('"connecting"') });
    expect(problem?.detail).toContain('3 s');
  });

  test('requests are refused with what was done to the connection', async () => {
    const stage = new Stage();
    const detailOf = async () => {
      const error: unknown = await stage.connection.request('echo').catch((reason: unknown) => reason);
      return error instanceof Error ? error.message : error;
    };
    expect(await detailOf()).toContain('connect() was not called.');
    stage.connection.connect();
    expect(await detailOf()).toContain('It is being opened.');
    await stage.until('ready');
    stage.connection.suspend('The process ended.');
    expect(await detailOf()).toContain('The process ended.');
    const gone = stage.connection.disconnect();
    await stage.clock.advance(300);
    await gone;
    expect(await detailOf()).toContain('It was closed by us.');
    await expect(stage.connection.whenReady()).rejects.toThrow('It is closed.');
    stage.connection.connect();
    const aborted = stage.connection.whenReady({ signal: AbortSignal.abort(new Error('enough')) });
    await expect(aborted).rejects.toMatchObject({
      code: 'aborted',
      problem: { detail: expect.stringContaining('Nobody waits for the connection any more.') },
      cause: new Error('enough'),
    });
  });
});

describe('the trace of a connection', () => {
  test('a trace names every dial, change and request with its time', async () => {
    const events: TraceEvent[] = [];
    const stage = await Stage.ready({ trace: (each) => events.push(each) });
    const at = expect.any(Number);
    expect(events).toEqual([
      { type: 'dial', at, address: 'ws://127.0.0.1:18789/ws', generation: 1 },
      { type: 'transition', at, from: 'closed', to: 'connecting', cause: 'connect', generation: 1 },
      { type: 'transition', at, from: 'connecting', to: 'handshaking', cause: 'opened', generation: 1 },
      { type: 'transition', at, from: 'handshaking', to: 'ready', cause: 'accepted', generation: 1 },
    ]);
    events.length = 0;
    const asked = stage.connection.request<string>('echo', { secret: 1 });
    await stage.clock.advance(10);
    await asked;
    expect(events).toEqual([{ type: 'request', at, method: 'echo', outcome: 'result', tookMs: expect.any(Number) }]);
    for (const event of events) expect(event.at).toBeGreaterThanOrEqual(1_700_000_000_000);
  });

  test('a trace that throws disturbs nothing', async () => {
    const stage = await Stage.ready({
      trace: () => {
        throw new Error('a bug');
      },
    });
    expect(stage.connection.state.name).toBe('ready');
  });
});

describe('the snapshot of a connection', () => {
  test('the snapshot of a ready connection names session, silence and counters, and no problem', async () => {
    const stage = await Stage.ready();
    await stage.clock.advance(500);
    expect(stage.connection.snapshot()).toStrictEqual({
      state: 'ready',
      since: expect.any(Number),
      generation: 1,
      attempt: 0,
      address: 'ws://127.0.0.1:18789/ws',
      session: stage.connection.session,
      silentForMs: 500,
      isResponsive: true,
      roundTrips: { buckets: expect.any(Array), count: expect.any(Number), sumMs: expect.any(Number) },
      pending: [],
      counters: expect.objectContaining({ attempts: 1, sessions: 1, gaps: 0 }),
    });
    expect(Object.isFrozen(stage.connection.snapshot())).toBe(true);
  });

  test('the snapshot of a waiting connection names the attempt, the next one and the reason', async () => {
    const stage = new Stage({ reconnect: { baseDelayMs: 4_000 } });
    stage.network.reachability = 'refused';
    stage.connection.connect();
    await stage.until('waiting');
    const snapshot = stage.connection.snapshot();
    expect(snapshot).toMatchObject({
      state: 'waiting',
      attempt: 1,
      isResponsive: false,
      problem: { code: 'connection.refused' },
      counters: { attempts: 1, sessions: 0, gaps: 0 },
    });
    const { nextRetryAt = 0 } = snapshot;
    expect(nextRetryAt - snapshot.since).toBeGreaterThanOrEqual(2_000);
    expect(nextRetryAt - snapshot.since).toBeLessThanOrEqual(4_000);
    for (const name of ['session', 'silentForMs', 'latencyMs']) expect(snapshot).not.toHaveProperty(name);
  });

  test('the snapshot of a closed connection has neither a problem nor a next attempt', () => {
    const snapshot = new Stage().connection.snapshot();
    expect(snapshot).toMatchObject({ state: 'closed', attempt: 0, generation: 0, isResponsive: false });
    for (const name of ['problem', 'nextRetryAt', 'session']) expect(snapshot).not.toHaveProperty(name);
  });
});

describe('an attempt that is ended while its sources are asked', () => {
  const sources = ['url', 'token', 'tokenFor', 'key'] as const;
  /** A stage whose named source answers by hand. */
  function waiting(source: (typeof sources)[number]) {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const answer = (each: typeof source, value: string) => () => (each === source ? promise : Promise.resolve(value));
    const device = {
      key: async () => ({ id: await answer('key', 'i')(), publicKey: 'p', sign: async () => 's' }),
      tokenFor: answer('tokenFor', 'D'),
      storeToken: async () => undefined,
      forgetToken: async () => undefined,
    };
    const stage = new Stage({
      url: answer('url', 'ws://127.0.0.1:18789/ws'),
      dialect: 'openclaw',
      auth: { token: answer('token', 'T'), device, useDevice: 'always' },
    });
    return { stage, resolve, reject };
  }

  test.each(sources.flatMap((source) => [[source, 'answers'] as const, [source, 'fails'] as const]))(
    'a %s that %s too late neither dials nor fails anything',
    async (source, how) => {
      const { stage, resolve, reject } = waiting(source);
      stage.connection.connect();
      await stage.clock.advance(10);
      expect(stage.story).toEqual(['connecting']);
      const gone = stage.connection.disconnect();
      await gone;
      if (how === 'answers') resolve('ws://127.0.0.1:1/ws');
      else reject(new Error('too late'));
      await stage.clock.advance(60_000);
      expect([stage.story, stage.network.dialled]).toEqual([['connecting', 'closed'], 0]);
    },
  );

  test.each(sources)('a %s that answers in time dials once', async (source) => {
    const { stage, resolve } = waiting(source);
    stage.connection.connect();
    await stage.clock.advance(10);
    expect(stage.network.dialled).toBe(0);
    resolve('ws://127.0.0.1:18789/ws');
    await stage.clock.advance(5);
    expect(stage.network.dialled).toBe(1);
  });
});

describe('error events', () => {
  test.each([
    [new Error('no disk'), 'A resync hook failed: no disk'],
    ['no disk', 'A resync hook failed: no disk'],
  ])('a resync hook that rejects with %j is reported with its cause', async (error, detail) => {
    const stage = await Stage.ready();
    const errors: GatewayError[] = [];
    stage.connection.on('error', (each) => errors.push(each));
    stage.connection.onResync(() => Promise.reject(error));
    for (const peer of stage.gateway.peers) peer.reset();
    await stage.clock.advance(5_000);
    expect(errors.map(({ code, problem, cause }) => [code, problem.detail, cause])).toEqual([
      ['internal', expect.stringContaining(detail), error],
    ]);
  });

  test('a GatewayError of a hook is reported as it is', async () => {
    const stage = await Stage.ready();
    const errors: GatewayError[] = [];
    stage.connection.on('error', (each) => errors.push(each));
    const refused: unknown = await new Stage().connection.request('echo').catch((reason: unknown) => reason);
    stage.connection.onResync(() => Promise.reject(refused));
    for (const peer of stage.gateway.peers) peer.reset();
    await stage.clock.advance(5_000);
    expect(refused).toBeInstanceOf(GatewayError);
    expect(errors).toEqual([refused]);
    expect(errors[0]).toBe(refused);
  });

  test('a refused subscription is reported by its method', async () => {
    const stage = await Stage.ready();
    const errors: GatewayError[] = [];
    stage.connection.on('error', (each) => errors.push(each));
    stage.gateway.script = () => ({ kind: 'error', error: { code: -1, message: 'not here' } });
    const off = stage.connection.subscribe('logs.follow', { lines: 1 });
    await stage.clock.advance(10);
    expect(errors).toMatchObject([{ code: 'rpc.error', problem: { detail: expect.stringContaining('logs.follow') } }]);
    off();
    stage.gateway.received.length = 0;
    for (const peer of stage.gateway.peers) peer.reset();
    await stage.clock.advance(5_000);
    expect(stage.gateway.received).toEqual([]);
  });
});

test('whenReady leaves no listener on its signal behind', async () => {
  const { signal } = new AbortController();
  const stage = new Stage();
  await expect(stage.connection.whenReady({ signal })).rejects.toThrow('It is closed.');
  stage.connection.connect();
  const ready = stage.connection.whenReady({ signal });
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  await stage.until('ready');
  expect((await ready).dialect).toBe('jsonrpc');
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});

test('the wait for the next attempt keeps a process alive, the wait for a ping does not', async () => {
  const clock = new SimulatedClock();
  const keepsAlive: (boolean | undefined)[] = [];
  const observed: Clock = {
    now: () => clock.now(),
    wallTime: () => clock.wallTime(),
    schedule: (delayMs, run, options) => {
      keepsAlive.push(options?.keepAlive);
      return clock.schedule(delayMs, run);
    },
  };
  const network = new SimulatedNetwork(clock, new SeededRandom(1));
  new ScriptedGateway(network);
  const connection = new GatewayConnection({
    url: ADDRESS,
    socketFactory: network,
    clock: observed,
    dialect: 'jsonrpc',
  });
  network.reachability = 'refused';
  connection.connect();
  await clock.advanceUntil(() => connection.state.name === 'waiting', 1_000);
  expect(keepsAlive.at(-1)).toBe(true);
  network.reachability = 'open';
  await clock.advanceUntil(() => connection.state.name === 'ready', 60_000);
  expect(keepsAlive.at(-1)).toBe(false);
  const gone = connection.disconnect();
  await clock.advance(300);
  await gone;
});

test('probe resolves with the round trip, even where the gateway has no such method', async () => {
  const stage = await Stage.ready();
  stage.network.conditions = { minDelayMs: 3, maxDelayMs: 3, bytesPerMs: Number.POSITIVE_INFINITY };
  const probed = stage.connection.probe();
  await stage.clock.advance(10);
  expect(await probed).toBe(6);
  stage.network.freeze();
  const silent = stage.connection.probe({ timeoutMs: 50 }).catch((error: unknown) => error);
  await stage.clock.advance(100);
  expect(await silent).toMatchObject({ code: 'request.timeout' });
});
