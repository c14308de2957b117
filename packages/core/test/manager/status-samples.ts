import { describeProblem } from '@deskclaw/protocol';
import type { ConnectionState } from '../../src/connection/state.ts';
import type { StatusInput } from '../../src/manager/status.ts';
import type { LaunchExit, SupervisorState } from '../../src/supervisor/state.ts';

export const problem = describeProblem('connection.refused', { url: 'ws://127.0.0.1:1', reason: 'refused' }, 1);
const child = { pid: 42, startMark: '7' };
const heartbeat = { phase: 'alive', dueAt: 9 } as const;
const session = { dialect: 'jsonrpc', version: '1.2.3' } as const;

export const connections = {
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
const exited = { pid: 42, launch: 1, generation: 1, code: 0, signal: null, cause: 'clean', at: 1 } as const;
const ended: LaunchExit = {
  exit: { ...exited, livedMs: 5, wasReady: true, lastLines: [], firstFailure: [] },
  facts: { command: 'gateway', code: 0, signal: null, cause: 'clean', lastLines: [] },
};
export const supervisors = {
  idle: { name: 'idle', since: 0 },
  preflight: { name: 'preflight', ...launching },
  spawning: { name: 'spawning', ...launching },
  booting: { name: 'booting', ...launching, child, adopted: false },
  running: { name: 'running', launch: 1, since: 0, child, adopted: false, bootMs: 5 },
  draining: { ...ending, stage: { step: 'draining', child, deadline: 9 }, next: { to: 'idle' } },
  stopping: { ...ending, stage: asked, next: { to: 'idle' } },
  reaping: { ...ending, stage: { step: 'reaping', child }, next: { to: 'idle' } },
  holding: { ...ending, stage: { step: 'holding', child, deadline: 9, problem }, next: { to: 'idle' } },
  claiming: {
    ...ending,
    stage: { step: 'claiming', deadline: 9, ended },
    next: { to: 'recover', reason: { kind: 'exited' }, purpose: 'automatic', readyForMs: 5 },
  },
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

/** The input of a status: a gateway of ours that runs, with what differs laid over. */
export function facts(over: Partial<StatusInput>): StatusInput {
  return {
    intent: { want: 'up', generation: 1 },
    operation: undefined,
    planning: false,
    supervisor: supervisors.running,
    supervisorIntent: 'up',
    connection: connections.ready,
    ownership: 'owned',
    health: 'ok',
    restartsAt: undefined,
    program: undefined,
    wasReady: true,
    restartsItself: false,
    silenceProblem: undefined,
    planProblem: undefined,
    startNote: undefined,
    startProblem: undefined,
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
