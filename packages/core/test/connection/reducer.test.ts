import { describe, expect, test } from 'vitest';
import { reduce } from '../../src/connection/reducer.ts';
import type { ConnectionState } from '../../src/connection/state.ts';
import type { ConnectionInput } from '../../src/connection/transition.ts';
import { config, due, ended, event, GENERATION, inputs, problem, SINCE, samples, session } from './samples.ts';

function next(state: ConnectionState, input: ConnectionInput, at = 1, random = 0.5): ConnectionState {
  return reduce(state, event(input, at, random), config).state;
}
function failing(state: ConnectionState, at = 1, random = 0.5): ConnectionState {
  return next(state, { type: 'failed', generation: state.generation, ended: ended({ kind: 'retry' }) }, at, random);
}

describe('the budget', () => {
  test('the budget is ten reconnects with doubling delays, then a slow probe every minute', () => {
    let state: ConnectionState = { ...samples.connecting, attempt: 0 };
    const delays: number[] = [];
    for (let i = 0; i < 10; i += 1) {
      const waiting = failing(state, 1, 1);
      if (waiting.name !== 'waiting') throw new Error(waiting.name);
      expect(waiting.attempt).toBe(i + 1);
      delays.push(waiting.retryAt - waiting.since);
      state = next(waiting, due, waiting.retryAt - SINCE);
    }
    expect(delays).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000, 30_000]);
    const exhausted = failing(state, 200_000, 0);
    expect(exhausted).toMatchObject({
      name: 'exhausted',
      attempt: 10,
      retryAt: SINCE + 260_000,
      last: { code: 'connection.exhausted' },
    });
    const probing = next(exhausted, due, 260_000);
    expect(probing).toMatchObject({ name: 'connecting', policy: 'probing' });
    expect(failing(probing, 261_000, 0)).toMatchObject({ name: 'exhausted', retryAt: SINCE + 321_000 });
    const asked = next(probing, { type: 'reconnect', cause: 'user' }, 260_500);
    expect(asked).toMatchObject({ name: 'connecting', policy: 'steady', attempt: 0 });
    expect(failing(asked, 261_000, 0)).toMatchObject({ name: 'waiting', attempt: 1 });
  });

  test('only a connection that held renews the budget', () => {
    const flapped = next(samples.ready, inputs['failed: retry'], 4_999);
    expect(flapped).toMatchObject({ name: 'waiting', attempt: 4 });
    const stable = next(samples.ready, inputs['failed: retry'], 5_000);
    expect(stable).toMatchObject({ name: 'waiting', attempt: 1 });
  });

  test('a flapping peer spends the budget', () => {
    let state: ConnectionState = { ...samples.connecting, attempt: 0 };
    let connections = 0;
    while (state.name === 'connecting') {
      connections += 1;
      const { generation } = state;
      state = next(state, { type: 'opened', generation });
      state = next(state, { type: 'accepted', generation, session, intervalMs: 10_000 });
      state = failing(state, 50);
      if (state.name === 'waiting') state = next(state, due, state.retryAt - SINCE);
    }
    expect(state.name).toBe('exhausted');
    expect(connections).toBe(11);
  });

  test('a user renews the budget; a wake-up only skips the wait', () => {
    expect(next(samples.waiting, inputs.user)).toMatchObject({ name: 'connecting', attempt: 0 });
    expect(next(samples.waiting, inputs.wake)).toMatchObject({ name: 'connecting', attempt: 3 });
    expect(next({ ...samples.waiting, reason: 'peer-delay' }, inputs.wake)).toMatchObject({ name: 'waiting' });
    expect(next({ ...samples.waiting, reason: 'peer-delay' }, inputs.user)).toMatchObject({ name: 'connecting' });
    expect(next(samples.exhausted, inputs.wake)).toMatchObject({ name: 'connecting', attempt: 0, policy: 'steady' });
  });

  test('a delay that the peer names is kept and costs no attempt', () => {
    const state = next(samples.connecting, inputs['failed: retry-after'], 1, 0);
    expect(state).toMatchObject({ name: 'waiting', attempt: 3, reason: 'peer-delay', retryAt: SINCE + 801 });
  });

  test('the verdict retry-now retries at once only for the first failure in a row', () => {
    expect(next({ ...samples.connecting, attempt: 0 }, inputs['failed: retry-now'])).toMatchObject({
      name: 'connecting',
      attempt: 1,
    });
    expect(next({ ...samples.connecting, attempt: 1 }, inputs['failed: retry-now'])).toMatchObject({
      name: 'waiting',
      attempt: 2,
    });
    const { maxAttempts } = config.reconnect;
    const probing = { ...samples.connecting, policy: 'probing' } as const;
    expect(next({ ...probing, attempt: maxAttempts }, inputs['failed: retry-now'])).toMatchObject({
      name: 'exhausted',
    });
    // A connection that waited for an approval still has all its attempts.
    expect(next({ ...probing, attempt: 0 }, inputs['failed: retry-now'])).toMatchObject({
      name: 'waiting',
      attempt: 1,
    });
  });
});

describe('waiting for an approval', () => {
  const refused = (state: ConnectionState, at: number, random = 0) =>
    next(
      state,
      { type: 'failed', generation: state.generation, ended: ended({ kind: 'pause', recheckPeriodically: true }) },
      at,
      random,
    );

  test('a connection that waits for approval checks every ten seconds, less up to a tenth, without end', () => {
    let state: ConnectionState = samples.handshaking;
    for (let look = 0; look < 50; look += 1) {
      const paused = refused(state, 1 + look * 10_000, look % 2);
      if (paused.name !== 'paused' || paused.retryAt === undefined) throw new Error(paused.name);
      expect(paused.retryAt - paused.since).toBe(look % 2 === 0 ? 10_000 : 9_000);
      state = next(paused, due, paused.retryAt - SINCE);
      expect(state).toMatchObject({ name: 'connecting', policy: 'probing', attempt: 0, last: problem });
    }
  });

  test('a gateway that disappears during the approval is retried like any other', () => {
    const looking = next({ ...samples.paused, retryAt: SINCE + 10_000 }, due, 10_000);
    expect(failing(looking, 10_001)).toMatchObject({ name: 'waiting', attempt: 1, policy: 'steady' });
  });

  test('only a user ends a pause for another reason', () => {
    expect(next(samples.paused, due, 1_000_000)).toBe(samples.paused);
  });
});

describe('while booting', () => {
  const booting = { ...samples.connecting, attempt: 0, policy: 'booting', began: SINCE } as const;

  test('no attempt counts while booting, and the budget is never spent', () => {
    let state: ConnectionState = booting;
    for (let at = 1; at < 600_000; ) {
      state = failing(state, at);
      if (state.name !== 'waiting') throw new Error(state.name);
      expect(state).toMatchObject({ attempt: 0, policy: 'booting' });
      at = state.retryAt - SINCE;
      state = next(state, due, at);
    }
    expect(state.name).toBe('connecting');
  });

  test('retry-soon while booting tries at once, though not twice within 10 ms', () => {
    const waiting = failing(booting, 5_000);
    expect(waiting).toMatchObject({ name: 'waiting', retryAt: SINCE + 5_100 });
    expect(next(waiting, inputs['retry-soon'], 5_010)).toMatchObject({ name: 'connecting' });
    expect(next(waiting, inputs['retry-soon'], 5_009)).toMatchObject({ name: 'waiting', retryAt: SINCE + 5_010 });
  });

  test('a delay named by a booting gateway is kept without jitter: it has no other client', () => {
    expect(next(booting, inputs['failed: retry-after'], 1, 0.9)).toMatchObject({
      name: 'waiting',
      policy: 'booting',
      retryAt: SINCE + 801,
    });
    expect(next(samples.connecting, inputs['failed: retry-after'], 1, 0.9)).toMatchObject({
      retryAt: SINCE + 1 + 800 * 1.225,
    });
  });

  test('a refused token pauses even while booting', () => {
    expect(next(booting, inputs['failed: pause'])).toMatchObject({ name: 'paused' });
  });

  test('the policy is steady after the first ready while booting', () => {
    const lost = next({ ...samples.ready, attempt: 0 }, inputs['failed: retry']);
    expect(lost).toMatchObject({ name: 'waiting', policy: 'steady', attempt: 1 });
  });

  test('connect("steady") during an attempt ends the booting policy', () => {
    expect(next(booting, inputs['connect steady'])).toMatchObject({
      name: 'connecting',
      policy: 'steady',
      generation: GENERATION,
    });
  });
});

describe('retry-soon in steady times', () => {
  test('retry-soon shortens only the first reconnect, and never a delay that the peer named', () => {
    const first = { ...samples.waiting, attempt: 1 };
    expect(next(first, inputs['retry-soon'], 10)).toMatchObject({ name: 'connecting' });
    expect(next({ ...samples.waiting, attempt: 2 }, inputs['retry-soon'], 10)).toMatchObject({ name: 'waiting' });
    expect(next({ ...first, reason: 'peer-delay' }, inputs['retry-soon'], 10)).toMatchObject({ name: 'waiting' });
  });
});

describe('deadlines', () => {
  test('the handshake deadline covers the whole attempt and does not restart when the socket opens', () => {
    const opened = next(samples.connecting, inputs.opened, 4_000);
    expect(opened).toMatchObject({ name: 'handshaking', deadline: SINCE + 5_000 });
    const step = reduce(opened, event(due, 5_000), config);
    expect(step.state).toMatchObject({ name: 'waiting', last: { code: 'connection.timeout' } });
    expect(step.state).toHaveProperty(
      'last.detail',
      expect.stringContaining('"handshaking" did not finish within 5 s'),
    );
  });

  test('credentials-sent extends the deadline to the time for the answer, and never shortens it', () => {
    const late = next(samples.handshaking, inputs['credentials-sent'], 4_000);
    expect(late).toMatchObject({ name: 'handshaking', deadline: SINCE + 12_000 });
    const remote = { ...samples.handshaking, deadline: SINCE + 15_000 };
    expect(next(remote, inputs['credentials-sent'], 4_000)).toMatchObject({ deadline: SINCE + 15_000 });
  });

  test('a wake-up during an attempt starts the attempt again', () => {
    const state = next(samples.connecting, inputs.wake, 8_000);
    expect(state).toMatchObject({
      name: 'connecting',
      attempt: 3,
      generation: GENERATION + 1,
      deadline: SINCE + 13_000,
    });
  });
});

describe('a silent peer', () => {
  test('a silent peer is replaced at once, and the reason is emitted', () => {
    const heartbeat = { phase: 'unresponsive', since: SINCE + 20_000, dueAt: SINCE + 30_000 } as const;
    const step = reduce({ ...samples.ready, heartbeat }, event(due, 30_000), config);
    expect(step.state).toMatchObject({ name: 'connecting', attempt: 1, last: { code: 'gateway.unresponsive' } });
    expect(step.effects.at(-1)).toMatchObject({
      type: 'ended',
      ended: { readyForMs: 30_000, failure: { problem: { code: 'gateway.unresponsive' } } },
    });
  });
});

describe('an unresponsive peer that speaks', () => {
  test('an unresponsive peer that sends a frame is reported responsive at once', () => {
    for (const heartbeat of [
      { phase: 'unresponsive', since: SINCE, dueAt: SINCE + 10_000 },
      { phase: 'waking', since: SINCE, dueAt: SINCE + 2_000, isReported: true },
    ] as const) {
      const step = reduce({ ...samples.ready, heartbeat }, event(inputs['frame-received'], 500), config);
      expect(step.state).toMatchObject({ heartbeat: { phase: 'alive', dueAt: SINCE + 10_500 } });
      expect(step.effects).toEqual([{ type: 'heartbeat', action: 'report-responsive' }]);
    }
  });
});

describe('the ended effect', () => {
  test('the ended effect says how long a connection had been ready, and omits it for an attempt', () => {
    const [lost] = reduce(samples.ready, event(inputs['failed: retry'], 777), config).effects.slice(-1);
    expect(lost).toMatchObject({
      type: 'ended',
      ended: { readyForMs: 777, close: { code: 1006 }, failure: { problem } },
    });
    const [failed] = reduce(samples.connecting, event(inputs['failed: retry']), config).effects.slice(-1);
    expect(failed).not.toHaveProperty('ended.readyForMs');
  });
});
