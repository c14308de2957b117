import { describeProblem, type JournalRecord } from '@deskclaw/protocol';
import { describe, expect, test } from 'vitest';
import type { ConnectionState } from '../../src/connection/state.ts';
import type { DrainHook, GatewayTarget } from '../../src/manager/gateway-target.ts';
import { JournalRecorder } from '../../src/manager/journal-recorder.ts';
import { targetFromOptions } from '../../src/manager/target.ts';
import type { SupervisorEvent } from '../../src/supervisor/event.ts';
import type { SupervisorState } from '../../src/supervisor/state.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { healthy, ManagerWorld, PORT } from './manager-world.ts';

/** One line for each record: the time since `from`, category, what, duration, cause and data. */
function linesOf(records: readonly JournalRecord[], from = 1_700_000_000_000): string[] {
  return records.map(({ at, category, what, durationMs, cause, data, ...rest }) => {
    expect(rest).toEqual({});
    const took = durationMs === undefined ? '' : ` after ${String(durationMs)} ms`;
    return `${String(at - from)} ${category} ${what}${took}${cause === undefined ? '' : `: ${cause}`}${data === undefined ? '' : ` ${JSON.stringify(data)}`}`;
  });
}

/** A target whose stop begins with a drain by `drainHook`. */
function draining(drainHook: DrainHook): GatewayTarget {
  return {
    ...targetFromOptions({ command: ['/opt/gateway'], dialect: 'jsonrpc', stop: { drainMs: 1_000 } }),
    mode: 'supervise',
    drainHook,
  };
}

describe('the journal of a manager', () => {
  test('a start, a crash and a stop are recorded with causes, durations and data', async () => {
    const world = new ManagerWorld({
      gateway: { token: 'T', dialect: 'openclaw', version: '9.9' },
      auth: { token: 'T' },
    });
    const timeline = world.collect('timeline');
    await world.settle(world.manager.start());
    await world.clock.advance(1_000);
    world.crash();
    await world.clock.advance(1_000);
    await world.settle(world.manager.stop());
    expect(linesOf(timeline)).toEqual([
      '0 intent start {"generation":1}',
      '0 process preflight after 0 ms: up',
      '0 process spawning after 0 ms: preflight-passed',
      '2 process booting after 2 ms: spawned',
      '2 process spawned {"pid":1001,"program":"/opt/gateway","port":18789}',
      '61 connection ready after 4 ms {"dialect":"openclaw","version":"9.9"}',
      '61 process running after 59 ms: ready {"pid":1001,"bootMs":59}',
      '1061 process terminating after 1000 ms: exited',
      '1061 connection closed after 1000 ms',
      '1061 process exit after 1059 ms: crash (exit code 1) {"pid":1001,"code":1,"signal":null,"lastLines":[]}',
      '1061 process preflight after 0 ms: gone',
      '1061 process spawning after 0 ms: preflight-passed',
      '1063 process booting after 2 ms: spawned',
      '1063 process spawned {"pid":1002,"program":"/opt/gateway","port":18789}',
      '1122 connection ready after 4 ms {"dialect":"openclaw","version":"9.9"}',
      '1122 process running after 59 ms: ready {"pid":1002,"bootMs":59}',
      '2061 intent stop {"generation":2}',
      '2061 process sigterm: down {"pid":1002,"by":"DeskClaw"}',
      '2061 process terminating after 939 ms: down',
      '2061 connection closed after 939 ms',
      '2083 process exit after 1020 ms: requested (exit code 0) {"pid":1002,"code":0,"signal":null,"lastLines":[]}',
      '2083 process idle after 22 ms: gone',
    ]);
  });

  test('an adoption is recorded with the reason', async () => {
    const world = await ManagerWorld.running();
    world.replaceHost();
    const timeline = world.collect('timeline');
    await world.settle(world.manager.start());
    expect(linesOf(timeline, world.clock.wallTime())).toEqual([
      '-4 intent start {"generation":1}',
      '-4 process preflight after 0 ms: up',
      '-4 process booting after 0 ms: adopted',
      '-4 process adopted: An earlier host had started it. {"pid":1001}',
      '0 connection ready after 4 ms {"dialect":"jsonrpc","version":"simulated"}',
      '0 process running after 4 ms: ready {"pid":1001,"bootMs":4}',
    ]);
  });

  test('a start that fails is recorded with its problem, once', async () => {
    const world = new ManagerWorld({ behave: () => ({ exit: { afterMs: 10, code: 78, stderr: ['bad key'] } }) });
    const timeline = world.collect('timeline');
    await world.failure(world.manager.start());
    expect(linesOf(timeline).slice(5)).toEqual([
      '10 process terminating after 10 ms: exited',
      '10 connection closed after 9 ms',
      '10 process exit after 10 ms: configuration (exit code 78) {"pid":1001,"code":78,"signal":null,"lastLines":["bad key"],"said":"bad key"}',
      '10 process failed after 0 ms: The gateway exited: "/opt/gateway" exited because its configuration is not valid (exit code 78): bad key {"code":"gateway.exited"}',
    ]);
  });

  test('a pause before a respawn is recorded with its problem', async () => {
    const world = new ManagerWorld({ behave: () => ({ ...healthy, exit: { afterMs: 100, code: 9 } }) });
    const timeline = world.collect('timeline');
    await world.settle(world.manager.start());
    await world.clock.advance(400);
    expect(linesOf(timeline).filter((line) => line.includes('backoff'))).toEqual([
      '204 process backoff after 0 ms: The gateway exited: "/opt/gateway" crashed (exit code 9).\nIt printed nothing.',
    ]);
  });

  test('a refused token is recorded once, however often it is tried again', async () => {
    const world = new ManagerWorld({ gateway: { token: 'T' }, auth: { token: 'wrong' } });
    const timeline = world.collect('timeline');
    expect((await world.failure(world.manager.start())).code).toBe('auth.token-mismatch');
    await world.clock.advance(600_000);
    expect(linesOf(timeline).filter((line) => line.includes(' connection '))).toEqual([
      expect.stringMatching(/^61 connection paused after 4 ms: The token .* \{"code":"auth.token-mismatch"\}$/),
    ]);
  });

  test('the loss of an attached gateway is recorded attempt by attempt, until none is left', async () => {
    const world = new ManagerWorld({ mode: 'attach', reconnect: { maxAttempts: 2, baseDelayMs: 100 } });
    const { pid } = world.machine.addForeign({ port: PORT });
    const timeline = world.collect('timeline');
    await world.settle(world.manager.start());
    world.machine.end(pid, 0, null);
    await world.clock.advance(10_000);
    expect(linesOf(timeline)).toEqual([
      '0 intent start {"generation":1}',
      '4 connection ready after 4 ms {"dialect":"jsonrpc","version":"simulated"}',
      '5 connection waiting after 1 ms: The connection broke without a close message. {"attempt":1,"code":"connection.lost"}',
      '93 connection waiting after 1 ms: ws://127.0.0.1:18789/ws: connect ECONNREFUSED. {"attempt":2,"code":"connection.refused"}',
      expect.stringMatching(
        /^245 connection exhausted after 1 ms: 2 attempts failed.* \{"attempt":2,"code":"connection.exhausted"\}$/,
      ),
    ]);
  });

  test('what a drain hook did is recorded, and nothing where it did nothing', async () => {
    for (const did of ['It ended 2 runs.', undefined]) {
      const world = new ManagerWorld({ prepare: async () => ({ ok: true, target: draining(async () => did) }) });
      await world.settle(world.manager.start());
      const timeline = world.collect('timeline');
      await world.settle(world.manager.stop());
      const drained = linesOf(timeline, 61).filter((line) => line.includes('process drained'));
      expect(drained).toEqual(did === undefined ? [] : [expect.stringMatching(/process drained: It ended 2 runs.$/)]);
    }
  });
});

describe('JournalRecorder', () => {
  const last = describeProblem('connection.refused', { url: 'ws://127.0.0.1:1', reason: 'refused' }, 0);
  const other = describeProblem('connection.lost', { reason: 'other' }, 0);
  const trying = { generation: 1, since: 5, began: 0, attempt: 2 } as const;
  const ready: ConnectionState = {
    name: 'ready',
    generation: 1,
    since: 5,
    attempt: 0,
    session: { dialect: 'jsonrpc', version: '1.2.3' },
    heartbeat: { phase: 'alive', dueAt: 9 },
  };
  const handshaking: ConnectionState = { ...trying, name: 'handshaking', policy: 'steady', deadline: 9 };
  const waiting: ConnectionState = {
    ...trying,
    name: 'waiting',
    policy: 'steady',
    retryAt: 9,
    reason: 'backoff',
    last,
  };
  const paused: ConnectionState = { name: 'paused', generation: 1, since: 5, last };
  const probing: ConnectionState = { ...handshaking, policy: 'probing', last };

  function recorded(act: (journal: JournalRecorder) => void): readonly string[] {
    const records: JournalRecord[] = [];
    act(new JournalRecorder(new SimulatedClock(), (record) => records.push(record)));
    return linesOf(records);
  }

  test.each<[string, ConnectionState, ConnectionState, readonly string[]]>([
    ['ready', handshaking, ready, ['0 connection ready after 0 ms {"dialect":"jsonrpc","version":"1.2.3"}']],
    ['closed', ready, { name: 'closed', generation: 1, since: 8.4 }, ['0 connection closed after 3 ms']],
    [
      'waiting',
      ready,
      waiting,
      [`0 connection waiting after 0 ms: ${last.detail} {"attempt":2,"code":"connection.refused"}`],
    ],
    [
      'exhausted',
      handshaking,
      { ...trying, name: 'exhausted', retryAt: 9, last },
      [`0 connection exhausted after 0 ms: ${last.detail} {"attempt":2,"code":"connection.refused"}`],
    ],
    ['paused', handshaking, paused, [`0 connection paused after 0 ms: ${last.detail} {"code":"connection.refused"}`]],
    ['waiting while booting', handshaking, { ...waiting, policy: 'booting' }, []],
    ['connecting', waiting, { ...handshaking, name: 'connecting' }, []],
    ['handshaking', { ...handshaking, name: 'connecting' }, handshaking, []],
    ['ready again', ready, { ...ready, since: 9 }, []],
    ['paused for the same reason', probing, paused, []],
  ])('JournalRecorder records a change of the connection (%s)', (_what, from, to, lines) => {
    expect(recorded((journal) => journal.connectionTransition(from, to))).toEqual(lines);
  });

  test.each<[string, ConnectionState]>([
    ['another code', { ...probing, last: { ...last, code: other.code } }],
    ['another text', { ...probing, last: { ...last, detail: other.detail } }],
    ['no reason before', { ...handshaking, policy: 'probing' }],
    ['a user who asked', { ...probing, policy: 'steady' }],
    ['a connection', ready],
  ])('JournalRecorder records a pause after %s', (_what, from) => {
    expect(recorded((journal) => journal.connectionTransition(from, paused))).toHaveLength(1);
  });

  test('JournalRecorder records that slow attempts go on in vain, each time', () => {
    const exhausted: ConnectionState = { ...trying, name: 'exhausted', retryAt: 9, last };
    expect(recorded((journal) => journal.connectionTransition(probing, exhausted))).toHaveLength(1);
  });

  const child = { pid: 7, startMark: 'x' };
  const launch = { launch: 1, since: 5 } as const;
  const idle: SupervisorState = { name: 'idle', since: 0 };
  const problem = describeProblem('internal', { detail: 'why' }, 0);
  test.each<[SupervisorState, string]>([
    [idle, ''],
    [{ ...launch, name: 'preflight', purpose: 'user', deadline: 9 }, ''],
    [{ ...launch, name: 'spawning', purpose: 'user', deadline: 9 }, ''],
    [{ ...launch, name: 'booting', purpose: 'user', deadline: 9, child, adopted: false }, ''],
    [{ ...launch, name: 'running', child, adopted: false, bootMs: 4.6 }, ' {"pid":7,"bootMs":5}'],
    [{ ...launch, name: 'terminating', stage: { step: 'cancelling', deadline: 9 }, next: { to: 'idle' } }, ''],
  ])('JournalRecorder records a change to $name with the event that caused it', (to, data) => {
    const from: SupervisorState = { name: 'backoff', since: 0, respawnAt: 9, problem };
    expect(recorded((journal) => journal.processTransition(from, to, 'up'))).toEqual([
      `0 process ${to.name} after ${String(to.since)} ms: up${data}`,
    ]);
    expect(recorded((journal) => journal.processTransition(to, to, 'up'))).toEqual([]);
  });

  test.each<[SupervisorState, string]>([
    [{ name: 'backoff', since: 5, respawnAt: 9, problem }, ''],
    [{ name: 'failed', since: 5, problem }, ' {"code":"internal"}'],
  ])('JournalRecorder records a change to $name with its problem', (to, data) => {
    expect(recorded((journal) => journal.processTransition(idle, to, 'gone'))).toEqual([
      `0 process ${to.name} after 5 ms: ${problem.title}: ${problem.detail}${data}`,
    ]);
  });

  const terminating = (step: 'draining' | 'sigterm-sent' | 'reaping'): SupervisorState => ({
    ...launch,
    name: 'terminating',
    stage: step === 'reaping' ? { step, child } : { step, child, deadline: 9 },
    next: { to: 'idle' },
  });
  const running: SupervisorState = { ...launch, name: 'running', child, adopted: false, bootMs: 4 };
  test.each<[SupervisorState, SupervisorState, SupervisorEvent['type'], string | undefined]>([
    [running, terminating('sigterm-sent'), 'down', 'sigterm'],
    [terminating('draining'), terminating('sigterm-sent'), 'deadline', 'sigterm'],
    [terminating('sigterm-sent'), terminating('reaping'), 'deadline', 'sigkill'],
    [running, terminating('reaping'), 'down', 'sigkill'],
    [running, terminating('reaping'), 'exited', undefined],
    [terminating('sigterm-sent'), terminating('reaping'), 'exited', undefined],
    [running, terminating('draining'), 'down', undefined],
  ])('JournalRecorder records which signal DeskClaw sends: %#', (from, to, cause, what) => {
    const signals = recorded((journal) => journal.processTransition(from, to, cause)).filter((line) =>
      / process sig/.test(line),
    );
    expect(signals).toEqual(what === undefined ? [] : [`0 process ${what}: ${cause} {"pid":7,"by":"DeskClaw"}`]);
  });

  test('JournalRecorder records each change of the verdict with its evidence, and a healthy gateway only after trouble', () => {
    const silent = describeProblem('gateway.unresponsive', { detail: 'It answers nothing.' }, 0);
    const evidence = [{ kind: 'rpc', ok: false, at: 1 }] as const;
    const lines = recorded((journal) => {
      journal.healthVerdict({ health: 'ok' });
      journal.healthVerdict({ health: 'ok' });
      journal.healthReport({ ok: false, evidence });
      journal.healthVerdict({ health: 'unresponsive', problem: silent });
      journal.healthVerdict({ health: 'unresponsive', problem: silent });
      journal.healthReport({ ok: true, evidence: [] });
      journal.healthVerdict({ health: 'ok' });
      journal.healthVerdict({ health: 'down' });
      journal.healthVerdict({ health: 'ok' });
    });
    expect(lines).toEqual([
      '0 health unresponsive after 0 ms: It answers nothing. {"evidence":[{"kind":"rpc","ok":false,"at":1}]}',
      '0 health ok after 0 ms {"evidence":[]}',
    ]);
  });

  test('JournalRecorder records the state of channels, and requests that a lost connection cost', () => {
    const lines = recorded((journal) => {
      journal.channel({ channelId: 'sms', status: 'error', error: 'no route' });
      journal.connectionTransition(handshaking, ready, 2);
    });
    expect(lines).toEqual([
      '0 channel error: no route {"channelId":"sms"}',
      '0 connection ready after 0 ms {"dialect":"jsonrpc","version":"1.2.3","lostRequests":2}',
    ]);
  });
});

test('a start that fails before there is a process is recorded with its problem', async () => {
  const problem = describeProblem('internal', { detail: 'no program' }, 0);
  const world = new ManagerWorld({ prepare: async () => ({ ok: false, problem }) });
  const timeline = world.collect('timeline');
  await world.failure(world.manager.start());
  expect(linesOf(timeline)).toEqual([
    '0 intent start {"generation":1}',
    `0 process failed: ${problem.title}: no program {"code":"internal"}`,
  ]);
});

test('the record of a request names its asker, and says whether that runs inside the gateway', async () => {
  const world = await ManagerWorld.running();
  const journal = world.collect('timeline');
  await world.settle(world.manager.restart({ cause: 'Requested by the agent.', isInside: true }));
  await world.settle(world.manager.stop({ cause: 'Requested by deskclaw.' }));
  expect(journal.filter(({ category }) => category === 'intent')).toMatchObject([
    { what: 'restart', cause: 'Requested by the agent.', data: { generation: 2, inside: true } },
    { what: 'stop', cause: 'Requested by deskclaw.', data: { generation: 3 } },
  ]);
  expect(journal.findLast(({ category }) => category === 'intent')?.data).not.toHaveProperty('inside');
});
