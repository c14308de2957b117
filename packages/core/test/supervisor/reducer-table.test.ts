import { describe, expect, test } from 'vitest';
import type { SupervisorEvent } from '../../src/supervisor/event.ts';
import { reduce } from '../../src/supervisor/reducer.ts';
import { deadlineOf, type Next, type SupervisorState } from '../../src/supervisor/state.ts';
import { child, eventTime, gone, modelIn, policyWith, problem } from './samples.ts';

/**
 * Every state against every event. A cell says the state that follows, then `!` and the effects.
 * A cell left out means: nothing changes and nothing is done. That is the promise for everything late, doubled or foreign.
 */
const policy = policyWith({ stop: { drainMs: 1_000, graceMs: 5_000, killMs: 5_000 } });

const launching = { launch: 1, since: 0, deadline: 120_000 } as const;
const recoverUser: Next = { to: 'recover', reason: { kind: 'exited' }, purpose: 'user' };
const replace: Next = { to: 'replace', reason: { kind: 'exited' }, purpose: 'user' };
const recover: Next = { to: 'recover', reason: { kind: 'exited' }, purpose: 'automatic', readyForMs: 10 };
const ending = { name: 'terminating', launch: 1, since: 0 } as const;

const states = {
  idle: { name: 'idle', since: 0 },
  'preflight user': { name: 'preflight', ...launching, purpose: 'user' },
  'preflight automatic': { name: 'preflight', ...launching, purpose: 'automatic' },
  'spawning user': { name: 'spawning', ...launching, purpose: 'user' },
  'spawning automatic': { name: 'spawning', ...launching, purpose: 'automatic' },
  'booting user': { name: 'booting', ...launching, purpose: 'user', child, adopted: false },
  'booting automatic': { name: 'booting', ...launching, purpose: 'automatic', child, adopted: false },
  'booting adopted': { name: 'booting', ...launching, purpose: 'user', child, adopted: true },
  running: { name: 'running', launch: 1, since: 0, child, adopted: false, bootMs: 10 },
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
  backoff: { name: 'backoff', since: 0, respawnAt: 700, problem },
  failed: { name: 'failed', since: 0, problem },
  'failed with survivor': { name: 'failed', since: 0, problem, survivor: { launch: 1, child } },
} as const satisfies Record<string, SupervisorState>;
type StateName = keyof typeof states;

const events = {
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
  drained: { type: 'drained', launch: 1 },
  exited: { type: 'exited', launch: 1 },
  'exited late': { type: 'exited', launch: 0 },
  gone: gone(1),
  'gone 78': gone(1, { code: 78, cause: 'configuration' }),
  'gone late': gone(0),
  stuck: { type: 'stuck', launch: 1, survivors: ['gateway (pid 4711)'] },
  unresponsive: { type: 'unresponsive', launch: 1, detail: 'silent for 180 s' },
  'unresponsive late': { type: 'unresponsive', launch: 0, detail: '' },
  'port-lost': { type: 'port-lost', launch: 1, problem },
  'port-lost late': { type: 'port-lost', launch: 0, problem },
  'deadline of another state': { type: 'deadline', deadline: -1 },
} as const satisfies Record<string, SupervisorEvent>;
type EventName = keyof typeof events | 'deadline';

const start = 'preflight user ! preflight';
const fresh = 'preflight user ! preflight(new)';
const respawn = 'preflight automatic ! preflight';
const stop = {
  down: 'sigterm-sent>idle ! terminate',
  'down terminate': 'sigterm-sent>idle ! terminate',
  'down kill': 'reaping>idle ! reap(request)',
  restart: 'sigterm-sent>launch ! terminate',
  'restart kill': 'reaping>launch ! reap(request)',
} as const;
const redirectOnly = {
  up: '>launch',
  down: '>idle',
  'down terminate': '>idle',
  'down kill': '>idle',
  restart: '>launch',
  'restart kill': '>launch',
} as const;

function redirected(stage: string): Partial<Record<EventName, string>> {
  return Object.fromEntries(Object.entries(redirectOnly).map(([event, next]) => [event, `${stage}${next}`]));
}

const stray = { 'spawned late': '= ! discard' } as const;

const table: Record<StateName, Partial<Record<EventName, string>>> = {
  idle: { up: start, restart: fresh, 'restart kill': fresh, spawned: '= ! discard' },
  'preflight user': {
    down: 'cancelling>idle ! cancel-preflight',
    'down terminate': 'cancelling>idle ! cancel-preflight',
    'down kill': 'cancelling>idle ! cancel-preflight',
    restart: 'cancelling>launch ! cancel-preflight',
    'restart kill': 'cancelling>launch ! cancel-preflight',
    'preflight-passed': 'spawning user ! spawn',
    'preflight-refused': 'failed',
    adopted: 'booting adopted ! watch-adopted',
    deadline: 'cancelling>recover user ! cancel-preflight',
  },
  'preflight automatic': {
    up: 'preflight user',
    down: 'cancelling>idle ! cancel-preflight',
    'down terminate': 'cancelling>idle ! cancel-preflight',
    'down kill': 'cancelling>idle ! cancel-preflight',
    restart: 'cancelling>launch ! cancel-preflight',
    'restart kill': 'cancelling>launch ! cancel-preflight',
    'preflight-passed': 'spawning automatic ! spawn',
    'preflight-refused': respawn,
    adopted: 'booting automatic ! watch-adopted',
    deadline: 'cancelling>recover ! cancel-preflight',
  },
  'spawning user': {
    down: 'awaiting-child>idle',
    'down terminate': 'awaiting-child>idle',
    'down kill': 'awaiting-child>idle',
    restart: 'awaiting-child>launch',
    'restart kill': 'awaiting-child>launch',
    spawned: 'booting user',
    'spawn-failed': 'failed',
    deadline: 'awaiting-child>recover user',
  },
  'spawning automatic': {
    up: 'spawning user',
    down: 'awaiting-child>idle',
    'down terminate': 'awaiting-child>idle',
    'down kill': 'awaiting-child>idle',
    restart: 'awaiting-child>launch',
    'restart kill': 'awaiting-child>launch',
    spawned: 'booting automatic',
    'spawn-failed': respawn,
    deadline: 'awaiting-child>recover',
  },
  'booting user': {
    ...stop,
    ready: 'running',
    progress: 'booting user',
    'connect-error': 'booting user',
    exited: 'reaping>recover user ! reap(itself)',
    unresponsive: 'sigterm-sent>recover user ! terminate',
    'port-lost': 'sigterm-sent>recover user ! terminate',
    deadline: 'sigterm-sent>recover user ! terminate',
  },
  'booting automatic': {
    ...stop,
    up: 'booting user',
    ready: 'running',
    progress: 'booting automatic',
    'connect-error': 'booting automatic',
    exited: 'reaping>recover ! reap(itself)',
    unresponsive: 'sigterm-sent>recover ! terminate',
    'port-lost': 'sigterm-sent>recover ! terminate',
    deadline: 'sigterm-sent>recover ! terminate',
  },
  'booting adopted': {
    ...stop,
    ready: 'running',
    progress: 'booting adopted',
    'connect-error': 'booting adopted',
    exited: 'reaping>replace user ! reap(itself)',
    unresponsive: 'sigterm-sent>replace user ! terminate',
    'port-lost': 'sigterm-sent>replace user ! terminate',
    deadline: 'sigterm-sent>replace user ! terminate',
  },
  running: {
    down: 'draining>idle ! drain',
    'down terminate': 'sigterm-sent>idle ! terminate',
    'down kill': 'reaping>idle ! reap(request)',
    restart: 'draining>launch ! drain',
    'restart kill': 'reaping>launch ! reap(request)',
    exited: 'reaping>recover ! reap(itself)',
    unresponsive: 'sigterm-sent>recover ! terminate',
    'port-lost': 'sigterm-sent>recover ! terminate',
  },
  'cancelling>idle': {
    ...redirected('cancelling'),
    'preflight-passed': 'idle',
    'preflight-refused': 'idle',
    'preflight-cancelled': 'idle',
    adopted: 'sigterm-sent>idle ! watch-adopted terminate',
    deadline: 'idle',
  },
  'cancelling>launch': {
    ...redirected('cancelling'),
    'preflight-passed': fresh,
    'preflight-refused': fresh,
    'preflight-cancelled': fresh,
    adopted: 'sigterm-sent>launch ! watch-adopted terminate',
    deadline: fresh,
  },
  'awaiting-child>idle': {
    ...redirected('awaiting-child'),
    spawned: 'sigterm-sent>idle ! terminate',
    'spawn-failed': 'idle',
    deadline: 'idle',
  },
  'awaiting-child>launch': {
    ...redirected('awaiting-child'),
    spawned: 'reaping>launch ! reap(request)',
    'spawn-failed': fresh,
    deadline: fresh,
  },
  'draining>idle': {
    up: 'draining>launch',
    down: 'draining>idle',
    restart: 'draining>launch',
    'down terminate': 'sigterm-sent>idle ! terminate',
    'down kill': 'reaping>idle ! reap(request)',
    'restart kill': 'reaping>launch ! reap(request)',
    drained: 'sigterm-sent>idle ! terminate',
    exited: 'reaping>idle ! reap(request)',
    deadline: 'sigterm-sent>idle ! terminate',
  },
  'sigterm-sent>idle': {
    up: 'sigterm-sent>launch',
    down: 'sigterm-sent>idle',
    'down terminate': 'sigterm-sent>idle',
    restart: 'sigterm-sent>launch',
    'down kill': 'reaping>idle ! reap(request)',
    'restart kill': 'reaping>launch ! reap(request)',
    exited: 'reaping>idle ! reap(request)',
    deadline: 'reaping>idle ! reap(request)',
  },
  'sigterm-sent>launch': {
    up: 'sigterm-sent>launch',
    down: 'sigterm-sent>idle',
    'down terminate': 'sigterm-sent>idle',
    restart: 'sigterm-sent>launch',
    'down kill': 'reaping>idle ! reap(request)',
    'restart kill': 'reaping>launch ! reap(request)',
    exited: 'reaping>launch ! reap(request)',
    deadline: 'reaping>launch ! reap(request)',
  },
  'reaping>idle': { ...redirected('reaping'), gone: 'idle', 'gone 78': 'idle', stuck: 'failed with survivor' },
  'reaping>launch': {
    ...redirected('reaping'),
    gone: fresh,
    'gone 78': fresh,
    stuck: 'failed with survivor',
  },
  'reaping>replace user': {
    ...redirected('reaping'),
    gone: fresh,
    'gone 78': fresh,
    stuck: 'failed with survivor',
  },
  'reaping>recover user': {
    ...redirected('reaping'),
    gone: 'failed',
    'gone 78': 'failed',
    stuck: 'failed with survivor',
  },
  'reaping>recover': { ...redirected('reaping'), gone: respawn, 'gone 78': 'failed', stuck: 'failed with survivor' },
  backoff: {
    up: start,
    restart: fresh,
    'restart kill': fresh,
    down: 'idle',
    'down terminate': 'idle',
    'down kill': 'idle',
    spawned: '= ! discard',
    deadline: respawn,
  },
  failed: {
    up: start,
    restart: fresh,
    'restart kill': fresh,
    down: 'idle',
    'down terminate': 'idle',
    'down kill': 'idle',
    spawned: '= ! discard',
  },
  'failed with survivor': {
    up: 'reaping>launch ! reap(request)',
    restart: 'reaping>launch ! reap(request)',
    'restart kill': 'reaping>launch ! reap(request)',
    down: 'reaping>idle ! reap(request)',
    'down terminate': 'reaping>idle ! reap(request)',
    'down kill': 'reaping>idle ! reap(request)',
    spawned: '= ! discard',
    gone: respawn,
    'gone 78': 'failed',
  },
};

function nameOf(state: SupervisorState): string {
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
    case 'idle':
    case 'running':
    case 'backoff':
      return state.name;
    default:
      return state satisfies never;
  }
}

function outcome(from: SupervisorState, event: SupervisorEvent, at: number): string {
  const before = modelIn(from);
  const { next, effects } = reduce(before, event, eventTime(at), policy);
  const names = effects.map((effect) => {
    if (effect.type === 'reap') return `reap(${effect.endedBy})`;
    return effect.type === 'preflight' && !effect.adopt ? 'preflight(new)' : effect.type;
  });
  const state = next.state === from ? '=' : nameOf(next.state);
  return names.length === 0 ? state : `${state} ! ${names.join(' ')}`;
}

function expected(state: StateName, event: EventName): string {
  return table[state][event] ?? (event === 'spawned late' ? stray['spawned late'] : '=');
}

const names = Object.keys(states).filter((name): name is StateName => name in states);

describe.each(names)('%s', (name) => {
  const state: SupervisorState = states[name];
  test.each(Object.entries(events))('on %s', (eventName, event) => {
    const known = Object.keys(events).find((each): each is keyof typeof events => each === eventName);
    if (known === undefined) throw new Error(`no event ${eventName}`);
    expect(outcome(state, event, 10)).toBe(expected(name, known));
  });

  test('on its deadline, and not a moment before', () => {
    const deadline = deadlineOf(state);
    if (deadline === undefined) {
      expect(table[name].deadline).toBeUndefined();
      return;
    }
    expect(outcome(state, { type: 'deadline', deadline }, deadline)).toBe(expected(name, 'deadline'));
    expect(outcome(state, { type: 'deadline', deadline }, deadline - 0.5)).toBe('=');
  });

  test('once the machine wakes up: whoever had time has it again', () => {
    const deadline = deadlineOf(state);
    const woken = (deadline ?? 0) + 60_000;
    const { next, effects } = reduce(modelIn(state), { type: 'woke' }, eventTime(woken), policy);
    expect(effects).toEqual([]);
    expect(nameOf(next.state)).toBe(nameOf(state));
    if (deadline === undefined || state.name === 'backoff') expect(next.state).toEqual(state);
    else expect(deadlineOf(next.state)).toBeGreaterThan(woken);
  });
});

test('the table speaks of every state and of no event that does not exist', () => {
  const known = new Set<string>([...Object.keys(events), 'deadline']);
  for (const row of Object.values(table)) for (const event of Object.keys(row)) expect(known).toContain(event);
});
