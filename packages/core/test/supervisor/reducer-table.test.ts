import { describe, expect, test } from 'vitest';
import { reduce } from '../../src/supervisor/reducer.ts';
import { deadlineOf, type SupervisorState } from '../../src/supervisor/state.ts';
import { events, nameOf, outcome, policy, states } from './reducer-samples.ts';
import { eventTime, modelIn } from './samples.ts';

/**
 * Every state against every event. A cell holds the next state, then `!` and the effects.
 * A cell left out means that nothing changes and nothing is done, as for every late, repeated or foreign event.
 */
type StateName = keyof typeof states;
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

const ready = {
  down: 'draining>idle ! drain',
  'down terminate': 'sigterm-sent>idle ! terminate',
  'down kill': 'reaping>idle ! reap(request)',
  restart: 'draining>launch ! drain',
  'restart kill': 'reaping>launch ! reap(request)',
  exited: 'reaping>recover ! reap(itself)',
  unresponsive: 'sigterm-sent>recover ! terminate',
  'port-lost': 'sigterm-sent>recover ! terminate',
} as const;

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
    'critical-work': 'booting user',
    progress: 'booting user',
    'connect-error': 'booting user',
    'start-finding': 'booting user',
    exited: 'reaping>recover user ! reap(itself)',
    unresponsive: 'sigterm-sent>recover user ! terminate',
    'port-lost': 'sigterm-sent>recover user ! terminate',
    deadline: 'sigterm-sent>recover user ! terminate',
  },
  'booting automatic': {
    ...stop,
    up: 'booting user',
    ready: 'running',
    'critical-work': 'booting automatic',
    progress: 'booting automatic',
    'connect-error': 'booting automatic',
    'start-finding': 'booting automatic',
    exited: 'reaping>recover ! reap(itself)',
    unresponsive: 'sigterm-sent>recover ! terminate',
    'port-lost': 'sigterm-sent>recover ! terminate',
    deadline: 'sigterm-sent>recover ! terminate',
  },
  'booting adopted': {
    ...stop,
    ready: 'running',
    'critical-work': 'booting adopted',
    progress: 'booting adopted',
    'connect-error': 'booting adopted',
    'start-finding': 'booting adopted',
    exited: 'reaping>replace user ! reap(itself)',
    unresponsive: 'sigterm-sent>replace user ! terminate',
    'port-lost': 'sigterm-sent>replace user ! terminate',
    deadline: 'sigterm-sent>replace user ! terminate',
  },
  running: { ...ready, 'shutdown-announced': 'running announced' },
  'running announced': { ...ready, 'shutdown-announced': 'running announced', ready: 'running' },
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
  'reaping>idle': {
    ...redirected('reaping'),
    gone: 'idle',
    'gone 78': 'idle',
    'gone 0': 'idle',
    stuck: 'failed with survivor',
  },
  'reaping>launch': {
    ...redirected('reaping'),
    gone: fresh,
    'gone 78': fresh,
    'gone 0': fresh,
    stuck: 'failed with survivor',
  },
  'reaping>replace user': {
    ...redirected('reaping'),
    gone: fresh,
    'gone 78': fresh,
    'gone 0': fresh,
    stuck: 'failed with survivor',
  },
  'reaping>recover user': {
    ...redirected('reaping'),
    gone: 'failed',
    'gone 78': 'failed',
    'gone 0': 'failed',
    stuck: 'failed with survivor',
  },
  'reaping>recover': {
    ...redirected('reaping'),
    gone: respawn,
    'gone 78': 'failed',
    'gone 0': 'claiming>recover ! claim-restart',
    stuck: 'failed with survivor',
  },
  'holding>idle': {
    up: 'holding>launch',
    down: 'holding>idle',
    'down terminate': 'holding>idle',
    'down kill': 'reaping>idle ! reap(request)',
    restart: 'holding>launch',
    'restart kill': 'reaping>launch ! reap(request)',
    ready: 'sigterm-sent>idle ! terminate',
    exited: 'reaping>idle ! reap(request)',
    'critical-work': 'holding>idle',
    'no critical-work': 'sigterm-sent>idle ! terminate',
    deadline: 'sigterm-sent>idle ! terminate',
  },
  'claiming>recover': {
    up: 'preflight user ! cancel-claim preflight',
    down: 'idle ! cancel-claim',
    'down terminate': 'idle ! cancel-claim',
    'down kill': 'idle ! cancel-claim',
    restart: 'preflight user ! cancel-claim preflight(new)',
    'restart kill': 'preflight user ! cancel-claim preflight(new)',
    'restart accepted': 'preflight automatic ! preflight(new)',
    'restart not accepted': respawn,
    deadline: 'preflight automatic ! cancel-claim preflight',
  },
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
    'gone 0': respawn,
  },
};

function expected(state: StateName, event: EventName): string {
  return table[state][event] ?? (event === 'spawned late' ? stray['spawned late'] : '=');
}

const names = Object.keys(states).filter((name): name is StateName => name in states);

describe.each(names)('the state %s', (name) => {
  const state: SupervisorState = states[name];
  test.each(Object.entries(events))('reacts to the event %s as the table says', (eventName, event) => {
    const known = Object.keys(events).find((each): each is keyof typeof events => each === eventName);
    if (known === undefined) throw new Error(`no event ${eventName}`);
    expect(outcome(state, event, 10)).toBe(expected(name, known));
  });

  test('changes on its deadline, not 0.5 ms before', () => {
    const deadline = deadlineOf(state);
    if (deadline === undefined) {
      expect(table[name].deadline).toBeUndefined();
      return;
    }
    expect(outcome(state, { type: 'deadline', deadline }, deadline)).toBe(expected(name, 'deadline'));
    expect(outcome(state, { type: 'deadline', deadline }, deadline - 0.5)).toBe('=');
  });

  test('restarts its deadline when the machine wakes up', () => {
    const deadline = deadlineOf(state);
    const woken = (deadline ?? 0) + 60_000;
    const { next, effects } = reduce(modelIn(state), { type: 'woke' }, eventTime(woken), policy);
    expect(effects).toEqual([]);
    expect(nameOf(next.state)).toBe(nameOf(state));
    if (deadline === undefined || state.name === 'backoff') expect(next.state).toEqual(state);
    else expect(deadlineOf(next.state)).toBeGreaterThan(woken);
  });
});

test('the table names no event that does not exist', () => {
  const known = new Set<string>([...Object.keys(events), 'deadline']);
  for (const row of Object.values(table)) for (const event of Object.keys(row)) expect(known).toContain(event);
});
