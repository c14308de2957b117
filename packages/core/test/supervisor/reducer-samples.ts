import type { SupervisorEvent } from '../../src/supervisor/event.ts';
import { reduce } from '../../src/supervisor/reducer.ts';
import { deadlineOf, type Next, type SupervisorState } from '../../src/supervisor/state.ts';
import { child, eventTime, gone, modelIn, policyWith, problem } from './samples.ts';

export const policy = policyWith({ stop: { drainMs: 1_000, graceMs: 5_000, killMs: 5_000 }, claimsRestarts: true });

const launching = { launch: 1, since: 0, deadline: 120_000 } as const;
const recoverUser: Next = { to: 'recover', reason: { kind: 'exited' }, purpose: 'user' };
const replace: Next = { to: 'replace', reason: { kind: 'exited' }, purpose: 'user' };
const recover: Next = { to: 'recover', reason: { kind: 'exited' }, purpose: 'automatic', readyForMs: 10 };
const succeeded = gone(1, { code: 0, cause: 'clean', wasReady: true });
const { exit, facts } = succeeded;
const ending = { name: 'terminating', launch: 1, since: 0 } as const;

export const states = {
  idle: { name: 'idle', since: 0 },
  'preflight user': { name: 'preflight', ...launching, purpose: 'user' },
  'preflight automatic': { name: 'preflight', ...launching, purpose: 'automatic' },
  'spawning user': { name: 'spawning', ...launching, purpose: 'user' },
  'spawning automatic': { name: 'spawning', ...launching, purpose: 'automatic' },
  'booting user': { name: 'booting', ...launching, purpose: 'user', child, adopted: false },
  'booting automatic': { name: 'booting', ...launching, purpose: 'automatic', child, adopted: false },
  'booting adopted': { name: 'booting', ...launching, purpose: 'user', child, adopted: true },
  running: { name: 'running', launch: 1, since: 0, child, adopted: false, bootMs: 10 },
  'running announced': {
    name: 'running',
    launch: 1,
    since: 0,
    child,
    adopted: false,
    bootMs: 10,
    announced: 'restart',
  },
  'cancelling>idle': { ...ending, stage: { step: 'cancelling', deadline: 5_000 }, next: { to: 'idle' } },
  'cancelling>launch': {
    ...ending,
    stage: { step: 'cancelling', deadline: 5_000 },
    next: { to: 'launch', adopt: false },
  },
  'awaiting-child>idle': {
    ...ending,
    stage: { step: 'awaiting-child', deadline: 5_000, mode: 'drain' },
    next: { to: 'idle' },
  },
  'awaiting-child>launch': {
    ...ending,
    stage: { step: 'awaiting-child', deadline: 5_000, mode: 'kill' },
    next: { to: 'launch', adopt: false },
  },
  'draining>idle': { ...ending, stage: { step: 'draining', child, deadline: 1_000 }, next: { to: 'idle' } },
  'sigterm-sent>idle': { ...ending, stage: { step: 'sigterm-sent', child, deadline: 5_000 }, next: { to: 'idle' } },
  'sigterm-sent>launch': {
    ...ending,
    stage: { step: 'sigterm-sent', child, deadline: 5_000 },
    next: { to: 'launch', adopt: false },
  },
  'reaping>idle': { ...ending, stage: { step: 'reaping', child }, next: { to: 'idle' } },
  'reaping>launch': { ...ending, stage: { step: 'reaping', child }, next: { to: 'launch', adopt: false } },
  'reaping>replace user': { ...ending, stage: { step: 'reaping', child }, next: replace },
  'reaping>recover user': { ...ending, stage: { step: 'reaping', child }, next: recoverUser },
  'reaping>recover': { ...ending, stage: { step: 'reaping', child }, next: recover },
  'holding>idle': { ...ending, stage: { step: 'holding', child, deadline: 15_000, problem }, next: { to: 'idle' } },
  'claiming>recover': {
    ...ending,
    stage: { step: 'claiming', deadline: 40_000, ended: { exit, facts } },
    next: recover,
  },
  backoff: { name: 'backoff', since: 0, respawnAt: 700, problem },
  failed: { name: 'failed', since: 0, problem },
  'failed with survivor': { name: 'failed', since: 0, problem, survivor: { launch: 1, child } },
} as const satisfies Record<string, SupervisorState>;

export const events = {
  up: { type: 'up', generation: 2 },
  'stale up': { type: 'up', generation: 1 },
  down: { type: 'down', generation: 2, mode: 'drain' },
  'down terminate': { type: 'down', generation: 2, mode: 'terminate' },
  'down kill': { type: 'down', generation: 2, mode: 'kill' },
  'stale down': { type: 'down', generation: 1, mode: 'kill' },
  restart: { type: 'restart', generation: 2, mode: 'drain' },
  'restart kill': { type: 'restart', generation: 2, mode: 'kill' },
  'stale restart': { type: 'restart', generation: 0, mode: 'kill' },
  'preflight-passed': { type: 'preflight-passed', launch: 1 },
  'preflight-refused': { type: 'preflight-refused', launch: 1, problem },
  'preflight-cancelled': { type: 'preflight-cancelled', launch: 1 },
  adopted: { type: 'adopted', launch: 1, child },
  spawned: { type: 'spawned', launch: 1, child },
  'spawned late': { type: 'spawned', launch: 0, child },
  'spawn-failed': { type: 'spawn-failed', launch: 1, problem },
  ready: { type: 'ready', launch: 1 },
  'ready late': { type: 'ready', launch: 0 },
  progress: { type: 'progress', launch: 1 },
  'connect-error': { type: 'connect-error', launch: 1, text: 'refused' },
  'start-finding': { type: 'start-finding', launch: 1, found: { finding: { kind: 'not-listening' } } },
  drained: { type: 'drained', launch: 1 },
  exited: { type: 'exited', launch: 1 },
  'exited late': { type: 'exited', launch: 0 },
  gone: gone(1),
  'gone 78': gone(1, { code: 78, cause: 'configuration' }),
  'gone 0': succeeded,
  'gone late': gone(0),
  'critical-work': { type: 'critical-work', launch: 1, problem },
  'no critical-work': { type: 'critical-work', launch: 1 },
  'shutdown-announced': { type: 'shutdown-announced', launch: 1, restart: true },
  'restart accepted': { type: 'restart-claimed', launch: 1, claim: { accepted: true, detail: '' } },
  'restart not accepted': { type: 'restart-claimed', launch: 1, claim: { accepted: false, detail: '' } },
  'restart accepted late': { type: 'restart-claimed', launch: 0, claim: { accepted: true, detail: '' } },
  stuck: { type: 'stuck', launch: 1, survivors: ['gateway (pid 4711)'] },
  unresponsive: { type: 'unresponsive', launch: 1, detail: 'silent for 180 s' },
  'unresponsive late': { type: 'unresponsive', launch: 0, detail: '' },
  'port-lost': { type: 'port-lost', launch: 1, problem },
  'port-lost late': { type: 'port-lost', launch: 0, problem },
  'deadline of another state': { type: 'deadline', deadline: -1 },
} as const satisfies Record<string, SupervisorEvent>;

/** Returns the name of the sample that a state is like. */
export function nameOf(state: SupervisorState): string {
  switch (state.name) {
    case 'preflight':
    case 'spawning':
      return `${state.name} ${state.purpose}`;
    case 'booting':
      return `${state.name} ${state.adopted && state.purpose === 'user' ? 'adopted' : state.purpose}`;
    case 'terminating': {
      const { next } = state;
      const waited = 'purpose' in next && next.purpose === 'user' ? ' user' : '';
      return `${state.stage.step}>${next.to}${waited}`;
    }
    case 'failed':
      return state.survivor === undefined ? 'failed' : 'failed with survivor';
    case 'running':
      return state.announced === undefined ? 'running' : 'running announced';
    case 'idle':
    case 'backoff':
      return state.name;
    default:
      return state satisfies never;
  }
}

/** Returns what the reducer makes of an event: the next state (`=`: the same), then `!` and the effects. */
export function outcome(from: SupervisorState, event: SupervisorEvent, at: number): string {
  const before = modelIn(from);
  const { next, effects } = reduce(before, event, eventTime(at), policy);
  const names = effects.map((effect) => {
    if (effect.type === 'reap') return `reap(${effect.endedBy})`;
    return effect.type === 'preflight' && !effect.adopt ? 'preflight(new)' : effect.type;
  });
  const state = next.state === from ? '=' : nameOf(next.state);
  return names.length === 0 ? state : `${state} ! ${names.join(' ')}`;
}

/** Returns every change of state that a sample event, or a deadline, causes in a sample state. */
export function edgesTaken(): ReadonlySet<string> {
  const edges = new Set<string>();
  for (const state of Object.values<SupervisorState>(states)) {
    const deadline = deadlineOf(state) ?? 0;
    const due: SupervisorEvent = { type: 'deadline', deadline };
    for (const crashes of [[], [1], [1, 2, 3, 4, 5]]) {
      for (const event of [...Object.values<SupervisorEvent>(events), due]) {
        const { next } = reduce(modelIn(state, { crashes }), event, eventTime(Math.max(10, deadline)), policy);
        if (next.state.name !== state.name) edges.add(`${state.name} > ${next.state.name}`);
      }
    }
  }
  return edges;
}
