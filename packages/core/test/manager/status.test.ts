import { describeProblem, gatewayStates } from '@deskclaw/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deriveStatus } from '../../src/manager/status.ts';
import { connections, facts, problem, supervisors } from './status-samples.ts';

const down = { intent: { want: 'down', generation: 2 } } as const;
const fresh = { wasReady: false } as const;

describe('the state', () => {
  it.each([
    ['given up', { supervisor: supervisors.failed, connection: connections.closed }, 'error', 'failed'],
    [
      'given up, and being tried again',
      { ...fresh, planning: true, supervisor: supervisors.failed, connection: connections.closed },
      'starting',
      'preflight',
    ],
    [
      'an attached gateway lost, and another looked for',
      { ...fresh, planning: true, supervisor: supervisors.idle, connection: connections.exhausted },
      'starting',
      'preflight',
    ],
    [
      'asked to stop, and outliving SIGKILL',
      { ...down, supervisor: supervisors.unended, connection: connections.closed },
      'error',
      'failed',
    ],
    [
      'outliving SIGKILL, and being ended once more',
      {
        ...down,
        operation: { kind: 'stop', generation: 2 },
        supervisor: supervisors.unended,
        connection: connections.closed,
      },
      'stopping',
      'failed',
    ],
    ['running and connected', {}, 'running', 'ready'],
    [
      'it restarts in its own process',
      { connection: connections.bootConnecting, restartsItself: true },
      'reconnecting',
      'restarting',
    ],
    [
      'first boot, and it migrates its data',
      { ...fresh, supervisor: { ...supervisors.booting, critical: problem }, connection: connections.bootConnecting },
      'starting',
      'migrating',
    ],
    ['it is back from a restart in its own process', { restartsItself: true }, 'running', 'ready'],
    [
      'it handed its restart over to us',
      { supervisor: supervisors.claiming, connection: connections.closed },
      'reconnecting',
      'restarting',
    ],
    ['connection lost, process alive', { connection: connections.waiting }, 'reconnecting', 'waiting-retry'],
    ['connecting again', { connection: connections.connecting }, 'reconnecting', 'connecting'],
    [
      'process died, waiting to respawn',
      { supervisor: supervisors.backoff, connection: connections.closed },
      'reconnecting',
      'backoff',
    ],
    [
      'respawned, booting',
      { supervisor: supervisors.booting, connection: connections.bootConnecting },
      'reconnecting',
      'waiting-ready',
    ],
    [
      'first boot',
      { ...fresh, supervisor: supervisors.booting, connection: connections.bootConnecting },
      'starting',
      'waiting-ready',
    ],
    [
      'first boot, and it says that it is still starting',
      { ...fresh, supervisor: { ...supervisors.booting, warming: true }, connection: connections.bootConnecting },
      'starting',
      'warming-up',
    ],
    [
      'first boot, it was still starting and lets us in now',
      { ...fresh, supervisor: { ...supervisors.booting, warming: true }, connection: connections.ready },
      'running',
      'ready',
    ],
    [
      'first preflight',
      { ...fresh, supervisor: supervisors.preflight, connection: connections.closed },
      'starting',
      'preflight',
    ],
    [
      'first spawn',
      { ...fresh, supervisor: supervisors.spawning, connection: connections.closed },
      'starting',
      'spawning',
    ],
    [
      'shaking hands',
      { ...fresh, supervisor: supervisors.booting, connection: connections.handshaking },
      'starting',
      'handshaking',
    ],
    ['process given up', { supervisor: supervisors.failed, connection: connections.closed }, 'error', 'failed'],
    ['connection given up', { connection: connections.exhausted }, 'error', 'exhausted'],
    ['refused by the gateway', { connection: connections.paused }, 'error', 'paused'],
    [
      'no program found',
      { ...fresh, planProblem: problem, supervisor: supervisors.idle, connection: connections.closed },
      'error',
      'failed',
    ],
    [
      'being restarted',
      {
        operation: { kind: 'restart', generation: 1 },
        supervisor: supervisors.relaunching,
        connection: connections.closed,
      },
      'stopping',
      'terminating',
    ],
    [
      'replaced on its own',
      { supervisor: supervisors.recovering, connection: connections.closed },
      'reconnecting',
      'terminating',
    ],
    [
      'being stopped',
      {
        ...down,
        operation: { kind: 'stop', generation: 2 },
        supervisor: supervisors.stopping,
        connection: connections.closed,
      },
      'stopping',
      'terminating',
    ],
    ['stopped', { ...down, supervisor: supervisors.idle, connection: connections.closed }, 'stopped', 'idle'],
    ['attached', { ownership: 'attached', supervisor: supervisors.idle }, 'running', 'ready'],
  ] as const)('derives state and phase: %s', (_name, over, state, phase) => {
    const status = deriveStatus(facts(over));
    expect([status.state, status.phase]).toEqual([state, phase]);
  });
});

type SupervisorName = keyof typeof supervisors;
type ConnectionName = keyof typeof connections;

/** One word for each connection of the samples, in their order; a single word stands for all of them. */
function byConnection(words: string): (connection: ConnectionName) => string | undefined {
  const all = words.split(' ');
  return (connection) => (all.length === 1 ? words : all[Object.keys(connections).indexOf(connection)]);
}

const connectionNames = Object.keys(connections).filter((name): name is ConnectionName => name in connections);
const supervisorNames = Object.keys(supervisors).filter((name): name is SupervisorName => name in supervisors);
const terminating = [
  'draining',
  'stopping',
  'reaping',
  'holding',
  'claiming',
  'cancelling',
  'relaunching',
  'recovering',
] as const;
const ended = ['failed', 'unended'] as const;

describe('every process against every connection', () => {
  const ofConnection = 'idle connecting waiting-ready handshaking ready waiting-retry exhausted paused';
  const phases: Readonly<Record<SupervisorName, string>> = {
    idle: ofConnection.replace('idle', 'preflight'),
    preflight: 'preflight',
    spawning: 'spawning',
    booting: ofConnection.replace('idle', 'waiting-ready'),
    running: ofConnection,
    draining: 'drain',
    stopping: 'terminating',
    reaping: 'terminating',
    holding: 'migrating',
    claiming: 'restarting',
    cancelling: 'terminating',
    relaunching: 'terminating',
    recovering: 'terminating',
    backoff: 'backoff',
    failed: 'failed',
    unended: 'failed',
  };

  it.each(supervisorNames)(
    'the phase with a process that is %s is that of the process, else that of the connection',
    (name) => {
      const expected = byConnection(phases[name]);
      for (const connection of connectionNames) {
        const { phase } = deriveStatus(facts({ supervisor: supervisors[name], connection: connections[connection] }));
        expect([connection, phase]).toEqual([connection, expected(connection)]);
      }
    },
  );

  const alive = 'up up up up running up error error';
  it.each<
    [string, Parameters<typeof facts>[0], Partial<Record<SupervisorName | 'terminating' | 'ended' | 'others', string>>]
  >([
    ['wanted and was ready', {}, { terminating: 'up', ended: 'error', others: alive }],
    ['wanted for the first time', fresh, { terminating: 'up', ended: 'error', others: alive }],
    [
      'planned again',
      { ...fresh, planning: true },
      { terminating: 'up', ended: 'up', others: alive.replaceAll('error', 'up') },
    ],
    ['that could not be planned', { planProblem: problem }, { terminating: 'stopping', others: 'error' }],
    [
      'restarted by a user',
      { operation: { kind: 'restart', generation: 1 } },
      { recovering: 'up', claiming: 'up', terminating: 'stopping', ended: 'error', others: alive },
    ],
    [
      'no longer wanted',
      down,
      {
        idle: 'stopped stopping stopping stopping stopping stopping stopping stopping',
        failed: 'stopped stopping stopping stopping stopping stopping stopping stopping',
        unended: 'error',
        others: 'stopping',
      },
    ],
    ['being stopped', { ...down, operation: { kind: 'stop', generation: 2 } }, { others: 'stopping' }],
    [
      'whose supervisor was asked to stop it',
      { supervisorIntent: 'down' },
      { running: 'stopping', terminating: 'up', ended: 'error', others: alive },
    ],
  ])('the state of a gateway %s follows from process and connection', (_what, over, rows) => {
    for (const name of supervisorNames) {
      const kind = terminating.some((each) => each === name) ? rows.terminating : undefined;
      const end = ended.some((each) => each === name) ? rows.ended : undefined;
      const expected = byConnection(rows[name] ?? kind ?? end ?? rows.others ?? '');
      for (const connection of connectionNames) {
        const input = facts({ ...over, supervisor: supervisors[name], connection: connections[connection] });
        const coming = input.wasReady ? 'reconnecting' : 'starting';
        const state = expected(connection)?.replace('up', coming);
        expect([name, connection, deriveStatus(input).state]).toEqual([name, connection, state]);
      }
    }
  });

  it.each([
    [{}, 'down', 'ok'],
    [fresh, 'unknown', 'ok'],
    [{ health: 'busy' }, 'busy', 'busy'],
    [{ health: 'unresponsive' }, 'unresponsive', 'unresponsive'],
    [{ ...fresh, health: 'busy' }, 'unknown', 'busy'],
    [{ health: 'unknown' }, 'down', 'unknown'],
    [down, 'down', 'ok'],
    [{ ...down, health: 'busy' }, 'down', 'busy'],
  ] as const)('the health without a connection, given %j, is %s, with one %s', (over, without, withOne) => {
    const waiting = deriveStatus(facts({ ...over, connection: connections.waiting }));
    expect([waiting.health, deriveStatus(facts(over)).health]).toEqual([without, withOne]);
  });

  it.each([
    ['closed', 0, undefined],
    ['connecting', 2, undefined],
    ['bootConnecting', 0, undefined],
    ['handshaking', 2, undefined],
    ['ready', 0, undefined],
    ['waiting', 3, 1_000_500],
    ['exhausted', 10, 1_000_600],
    ['paused', 0, undefined],
  ] as const)(
    'a connection that is %s counts %i attempts and names the next one: %s',
    (name, attempts, nextRetryAt) => {
      const status = deriveStatus(facts({ connection: connections[name] }));
      expect([status.reconnectAttempts, status.nextRetryAt]).toEqual([attempts, nextRetryAt]);
      const booting = deriveStatus(facts({ connection: { ...connections.waiting, policy: 'booting' } }));
      expect(booting.nextRetryAt).toBeUndefined();
      expect(deriveStatus(facts({ connection: { ...connections.paused, retryAt: 800 } })).nextRetryAt).toBe(1_000_800);
    },
  );

  it('the usual boot time is reported only while a process of ours comes up', () => {
    const isReported = (supervisor: SupervisorName, over: Parameters<typeof facts>[0] = {}) =>
      deriveStatus(facts({ supervisor: supervisors[supervisor], connection: connections.closed, ...over }))
        .usualBootMs === 7_000;
    const reported = supervisorNames.filter((name) => isReported(name));
    expect(reported).toEqual(['preflight', 'spawning', 'booting']);
    expect(supervisorNames.filter((name) => isReported(name, fresh))).toEqual(reported);
    expect(supervisorNames.filter((name) => isReported(name, down))).toEqual([]);
    expect(isReported('booting', { connection: connections.exhausted })).toBe(false);
  });

  it('a status has no member for what is not known', () => {
    const bare = {
      session: undefined,
      usualBootMs: undefined,
      supervisor: supervisors.idle,
      connection: connections.closed,
    };
    expect(Object.keys(deriveStatus(facts(bare))).sort()).toEqual(
      [
        'generation',
        'health',
        'host',
        'ownership',
        'phase',
        'port',
        'reconnectAttempts',
        'restarts',
        'state',
        'url',
      ].sort(),
    );
    const latencyMs = { last: 5, p50: 5, p95: 5 };
    expect(deriveStatus(facts({ latencyMs })).latencyMs).toBe(latencyMs);
    expect(deriveStatus(facts({ latencyMs, connection: connections.waiting })).latencyMs).toBeUndefined();
    const session = { dialect: 'openclaw', version: '2', protocol: 4 } as const;
    expect(deriveStatus(facts({ session }))).toMatchObject(session);
  });

  it('a start that is planned again reports no earlier problem, and a stop none at all', () => {
    const { waiting: connection } = connections;
    expect(deriveStatus(facts({ connection })).problem).toBe(problem);
    expect(deriveStatus(facts({ ...fresh, planning: true, connection })).problem).toBeUndefined();
    expect(deriveStatus(facts({ ...down, connection })).problem).toBeUndefined();
    expect(deriveStatus(facts({ ...fresh, connection })).problem).toBe(problem);
    const silenceProblem = describeProblem('gateway.unresponsive', { detail: 'x' }, 1);
    expect(deriveStatus(facts({ silenceProblem, connection: connections.closed })).problem).toBeUndefined();
    expect(deriveStatus(facts({ silenceProblem, supervisor: supervisors.draining })).problem).toBeUndefined();
    const plan = describeProblem('internal', { detail: 'no plan' }, 2);
    expect(deriveStatus(facts({ connection, planProblem: plan })).problem).toBe(plan);
    const crashed = { ...problem, detail: 'it crashed' };
    const backoff = { ...supervisors.backoff, problem: crashed };
    expect(deriveStatus(facts({ connection, supervisor: backoff })).problem).toBe(crashed);
  });
});

describe('a status', () => {
  it('a status never has state running without a ready connection, nor a pid without a child', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(connections)),
        fc.constantFrom(...Object.values(supervisors)),
        fc.constantFrom('up' as const, 'down' as const),
        fc.constantFrom(undefined, 'start' as const, 'stop' as const, 'restart' as const),
        fc.boolean(),
        (connection, supervisor, want, kind, wasReady) => {
          const operation = kind === undefined ? undefined : { kind, generation: 1 };
          const status = deriveStatus(
            facts({ connection, supervisor, intent: { want, generation: 1 }, operation, wasReady }),
          );
          expect(gatewayStates).toContain(status.state);
          if (status.state === 'running') expect(connection.name).toBe('ready');
          const isUnended = supervisor.name === 'failed' && 'survivor' in supervisor && operation === undefined;
          if (want === 'down') expect(isUnended ? ['error'] : ['stopped', 'stopping']).toContain(status.state);
          expect(status.pid !== undefined).toBe(JSON.stringify(supervisor).includes('"child"'));
          expect(status.uptime !== undefined).toBe(connection.name === 'ready');
          expect(status.version !== undefined).toBe(connection.name === 'ready');
          // Only what a stop waits for is told while it stops.
          if (status.problem !== undefined && status.phase !== 'migrating')
            expect(['running', 'stopped', 'stopping']).not.toContain(status.state);
          if (status.state === 'error') expect(status.problem).toBeDefined();
        },
      ),
    );
  });

  it('a status has its uptime at the call in whole ms, and epoch times', () => {
    const status = deriveStatus(facts({ now: 1_100.7 }));
    expect(status.uptime).toBe(1_001);
    expect(status.connectedAt).toBe(1_000_100);
  });

  it.each([
    ['backoff', { supervisor: supervisors.backoff, connection: connections.closed }, 1_000_700],
    ['waiting', { connection: connections.waiting }, 1_000_500],
    ['exhausted', { connection: connections.exhausted }, 1_000_600],
  ] as const)('a status names the next attempt while in %s', (_name, over, at) => {
    expect(deriveStatus(facts(over)).nextRetryAt).toBe(at);
  });

  it('a status reports a silent gateway rather than the last connection error, unless the connection has given up', () => {
    const silence = describeProblem('gateway.unresponsive', { detail: 'x' }, 1);
    expect(deriveStatus(facts({ silenceProblem: silence })).problem).toEqual(silence);
    expect(deriveStatus(facts({ silenceProblem: silence, connection: connections.waiting })).problem).toEqual(silence);
    expect(deriveStatus(facts({ silenceProblem: silence, connection: connections.exhausted })).problem).toEqual(
      problem,
    );
    expect(deriveStatus(facts({ silenceProblem: silence, supervisor: supervisors.failed })).problem).toEqual(problem);
  });

  it.each([
    ['an unresponsive process of ours', { health: 'unresponsive' }, 1_000_900],
    ['one whose connection was lost as well', { health: 'unresponsive', connection: connections.waiting }, 1_000_900],
    ['a process that works', { health: 'busy' }, undefined],
    ['a process that answers', {}, undefined],
    ['an attached gateway', { health: 'unresponsive', supervisor: supervisors.idle, ownership: 'attached' }, undefined],
    ['a process that is being ended', { health: 'unresponsive', supervisor: supervisors.recovering }, undefined],
  ] as const)('a status tells when %s will be restarted: %j is %s', (_what, over, at) => {
    expect(deriveStatus(facts({ restartsAt: 900, ...over })).watchdogAt).toBe(at);
  });

  it('a status does not report refused connections of a booting process', () => {
    const waiting = { ...connections.waiting, policy: 'booting' } as const;
    expect(
      deriveStatus(facts({ ...fresh, supervisor: supervisors.booting, connection: waiting })).problem,
    ).toBeUndefined();
    expect(deriveStatus(facts({ connection: connections.waiting })).problem).toEqual(problem);
  });
});

describe('a gateway of ours that works and answers nothing, after the last attempt to connect', () => {
  const silenceProblem = describeProblem('gateway.unresponsive', { detail: 'Its process works.' }, 1);
  const statusOf = (health: 'busy' | 'unresponsive', over = {}) =>
    deriveStatus(facts({ connection: connections.exhausted, health, silenceProblem, ...over }));

  it('is busy and reconnecting, says so, and names the next attempt', () => {
    expect(statusOf('busy')).toMatchObject({
      state: 'reconnecting',
      health: 'busy',
      problem: { code: 'gateway.unresponsive', detail: 'Its process works.' },
      nextRetryAt: 1_000_600,
    });
  });

  it('is lost once it no longer works, if it is not ours, or if it refuses us', () => {
    expect(statusOf('unresponsive')).toMatchObject({ state: 'error', problem });
    expect(statusOf('busy', { supervisor: supervisors.idle, ownership: 'attached' })).toMatchObject({ state: 'error' });
    expect(statusOf('busy', { connection: connections.paused })).toMatchObject({ state: 'error', problem });
  });
});
