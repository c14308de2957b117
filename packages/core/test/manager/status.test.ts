import { describeProblem, gatewayStates } from '@deskclaw/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ConnectionState } from '../../src/connection/state.ts';
import { deriveStatus, type StatusInput } from '../../src/manager/status.ts';
import type { SupervisorState } from '../../src/supervisor/state.ts';

const problem = describeProblem('connection.refused', { url: 'ws://127.0.0.1:1', reason: 'refused' }, 1);
const child = { pid: 42, startMark: '7' };
const heartbeat = { phase: 'alive', dueAt: 9 } as const;
const session = { dialect: 'jsonrpc', version: '1.2.3' } as const;

const connections = {
  closed: { name: 'closed', generation: 1, since: 0 },
  connecting: { name: 'connecting', began: 0, generation: 1, since: 0, attempt: 2, policy: 'steady', deadline: 9 },
  bootConnecting: { name: 'connecting', began: 0, generation: 1, since: 0, attempt: 0, policy: 'booting', deadline: 9 },
  handshaking: { name: 'handshaking', began: 0, generation: 1, since: 0, attempt: 2, policy: 'steady', deadline: 9 },
  ready: { name: 'ready', generation: 1, since: 100, attempt: 0, session, heartbeat },
  waiting: {
    name: 'waiting',
    generation: 1,
    began: 0,
    reason: 'backoff',
    since: 0,
    attempt: 3,
    policy: 'steady',
    retryAt: 500,
    last: problem,
  },
  exhausted: { name: 'exhausted', generation: 1, since: 0, attempt: 10, retryAt: 600, last: problem },
  paused: { name: 'paused', generation: 1, since: 0, last: problem },
} as const satisfies Record<string, ConnectionState>;

const launching = { launch: 1, since: 0, purpose: 'user', deadline: 9 } as const;
const ending = { name: 'terminating', launch: 1, since: 0 } as const;
const asked = { step: 'sigterm-sent', child, deadline: 9 } as const;
const supervisors = {
  idle: { name: 'idle', since: 0 },
  preflight: { name: 'preflight', ...launching },
  spawning: { name: 'spawning', ...launching },
  booting: { name: 'booting', ...launching, child, adopted: false },
  running: { name: 'running', launch: 1, since: 0, child, adopted: false, bootMs: 5 },
  draining: { ...ending, stage: { step: 'draining', child, deadline: 9 }, next: { to: 'idle' } },
  stopping: { ...ending, stage: asked, next: { to: 'idle' } },
  reaping: { ...ending, stage: { step: 'reaping', child }, next: { to: 'idle' } },
  cancelling: { ...ending, stage: { step: 'cancelling', deadline: 9 }, next: { to: 'idle' } },
  relaunching: { ...ending, stage: asked, next: { to: 'launch', adopt: false } },
  recovering: {
    ...ending,
    stage: asked,
    next: { to: 'recover', reason: { kind: 'unresponsive', detail: 'x' }, purpose: 'automatic' },
  },
  backoff: { name: 'backoff', since: 0, respawnAt: 700, problem },
  failed: { name: 'failed', since: 0, problem },
  unended: { name: 'failed', since: 0, problem, survivor: { launch: 1, child } },
} as const satisfies Record<string, SupervisorState>;

function facts(over: Partial<StatusInput>): StatusInput {
  return {
    intent: { want: 'up', generation: 1 },
    operation: undefined,
    planning: false,
    supervisor: supervisors.running,
    supervisorIntent: 'up',
    connection: connections.ready,
    ownership: 'owned',
    health: 'ok',
    wasReady: true,
    silenceProblem: undefined,
    planProblem: undefined,
    host: '127.0.0.1',
    port: 18_789,
    url: 'ws://127.0.0.1:18789/ws',
    session,
    restarts: 0,
    usualBootMs: 7_000,
    lastExit: undefined,
    latencyMs: undefined,
    now: 1_100,
    toEpoch: (at) => at + 1_000_000,
    ...over,
  };
}
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
          if (status.problem !== undefined) expect(['running', 'stopped', 'stopping']).not.toContain(status.state);
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

  it('a status does not report refused connections of a booting process', () => {
    const waiting = { ...connections.waiting, policy: 'booting' } as const;
    expect(
      deriveStatus(facts({ ...fresh, supervisor: supervisors.booting, connection: waiting })).problem,
    ).toBeUndefined();
    expect(deriveStatus(facts({ connection: connections.waiting })).problem).toEqual(problem);
  });
});
