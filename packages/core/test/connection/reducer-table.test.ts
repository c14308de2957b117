import { describe, expect, test } from 'vitest';
import { dueAt, reduce } from '../../src/connection/reducer.ts';
import { type ConnectionState, type ConnectionStateName, connectionEdges } from '../../src/connection/state.ts';
import { config, event, type InputName, inputs, samples } from './samples.ts';

/**
 * Every (state, input): the next state, and the effects in order. `=` is the very same state without an effect.
 * open: dial; end: terminate (bye: close); keep/reject: what becomes of requests; ended: told.
 */
const table: { readonly [State in ConnectionStateName]: { readonly [Input in InputName]: string } } = {
  closed: {
    'connect steady': 'connecting: keep open',
    'connect booting': 'connecting: keep open',
    user: '=',
    wake: '=',
    network: '=',
    'retry-soon': '=',
    disconnect: 'closed: reject',
    suspend: 'closed: end keep',
    'suspend close': 'closed: keep',
    opened: '=',
    'credentials-sent': '=',
    preparing: '=',
    accepted: '=',
    'failed: retry': '=',
    'failed: retry-now': '=',
    'failed: retry-after': '=',
    'failed: pause': '=',
    due: '=',
    'frame-received': '=',
    'old opened': '=',
    'old credentials-sent': '=',
    'old preparing': '=',
    'old accepted': '=',
    'old failed': '=',
  },
  connecting: {
    'connect steady': '=',
    'connect booting': 'connecting:',
    user: '=',
    wake: 'connecting: end keep open',
    network: 'connecting: end keep open',
    'retry-soon': '=',
    disconnect: 'closed: bye reject',
    suspend: 'closed: end keep',
    'suspend close': 'closed: bye keep',
    opened: 'handshaking:',
    'credentials-sent': '=',
    preparing: '=',
    accepted: '=',
    'failed: retry': 'waiting: end keep ended',
    'failed: retry-now': 'waiting: end keep ended',
    'failed: retry-after': 'waiting: end keep ended',
    'failed: pause': 'paused: end reject ended',
    due: 'waiting: end keep ended',
    'frame-received': '=',
    'old opened': '=',
    'old credentials-sent': '=',
    'old preparing': '=',
    'old accepted': '=',
    'old failed': '=',
  },
  handshaking: {
    'connect steady': '=',
    'connect booting': 'handshaking:',
    user: '=',
    wake: 'connecting: end keep open',
    network: 'connecting: end keep open',
    'retry-soon': '=',
    disconnect: 'closed: bye reject',
    suspend: 'closed: end keep',
    'suspend close': 'closed: bye keep',
    opened: '=',
    'credentials-sent': 'handshaking:',
    preparing: 'handshaking:',
    accepted: 'ready: attach',
    'failed: retry': 'waiting: end keep ended',
    'failed: retry-now': 'waiting: end keep ended',
    'failed: retry-after': 'waiting: end keep ended',
    'failed: pause': 'paused: end reject ended',
    due: 'waiting: end keep ended',
    'frame-received': '=',
    'old opened': '=',
    'old credentials-sent': '=',
    'old preparing': '=',
    'old accepted': '=',
    'old failed': '=',
  },
  ready: {
    'connect steady': '=',
    'connect booting': '=',
    user: '=',
    wake: 'ready: ping probe',
    network: 'ready: ping probe',
    'retry-soon': '=',
    disconnect: 'closed: bye reject',
    suspend: 'closed: end keep',
    'suspend close': 'closed: bye keep',
    opened: '=',
    'credentials-sent': '=',
    preparing: '=',
    accepted: '=',
    'failed: retry': 'waiting: end keep ended',
    'failed: retry-now': 'connecting: end keep open ended',
    'failed: retry-after': 'waiting: end keep ended',
    'failed: pause': 'paused: end reject ended',
    due: 'ready: ping',
    'frame-received': '=',
    'old opened': '=',
    'old credentials-sent': '=',
    'old preparing': '=',
    'old accepted': '=',
    'old failed': '=',
  },
  waiting: {
    'connect steady': 'connecting: keep open',
    'connect booting': 'connecting: keep open',
    user: 'connecting: keep open',
    wake: 'connecting: keep open',
    network: 'connecting: keep open',
    'retry-soon': '=',
    disconnect: 'closed: reject',
    suspend: 'closed: keep',
    'suspend close': 'closed: keep',
    opened: '=',
    'credentials-sent': '=',
    preparing: '=',
    accepted: '=',
    'failed: retry': '=',
    'failed: retry-now': '=',
    'failed: retry-after': '=',
    'failed: pause': '=',
    due: 'connecting: keep open',
    'frame-received': '=',
    'old opened': '=',
    'old credentials-sent': '=',
    'old preparing': '=',
    'old accepted': '=',
    'old failed': '=',
  },
  exhausted: {
    'connect steady': 'connecting: keep open',
    'connect booting': 'connecting: keep open',
    user: 'connecting: keep open',
    wake: 'connecting: keep open',
    network: 'connecting: keep open',
    'retry-soon': '=',
    disconnect: 'closed: reject',
    suspend: 'closed: keep',
    'suspend close': 'closed: keep',
    opened: '=',
    'credentials-sent': '=',
    preparing: '=',
    accepted: '=',
    'failed: retry': '=',
    'failed: retry-now': '=',
    'failed: retry-after': '=',
    'failed: pause': '=',
    due: 'connecting: keep open',
    'frame-received': '=',
    'old opened': '=',
    'old credentials-sent': '=',
    'old preparing': '=',
    'old accepted': '=',
    'old failed': '=',
  },
  paused: {
    'connect steady': 'connecting: keep open',
    'connect booting': 'connecting: keep open',
    user: 'connecting: keep open',
    wake: '=',
    network: '=',
    'retry-soon': '=',
    disconnect: 'closed: reject',
    suspend: 'closed: keep',
    'suspend close': 'closed: keep',
    opened: '=',
    'credentials-sent': '=',
    preparing: '=',
    accepted: '=',
    'failed: retry': '=',
    'failed: retry-now': '=',
    'failed: retry-after': '=',
    'failed: pause': '=',
    due: '=',
    'frame-received': '=',
    'old opened': '=',
    'old credentials-sent': '=',
    'old preparing': '=',
    'old accepted': '=',
    'old failed': '=',
  },
};

function isState(name: string): name is ConnectionStateName {
  return name in samples;
}
function isInput(name: string): name is InputName {
  return name in inputs;
}
const stateNames = Object.keys(samples).filter(isState);
const inputNames = Object.keys(inputs).filter(isInput);

/** Later than a flapping connection's loss, and when the timer of the state is due. */
function timeOf(state: ConnectionStateName, input: InputName): number {
  const time = dueAt(samples[state]);
  if (input === 'due' && time !== undefined) return time - samples[state].since;
  return 6_000;
}

function describeStep(state: ConnectionStateName, input: InputName): string {
  const before = samples[state];
  const step = reduce(before, event(inputs[input], timeOf(state, input)), config);
  const effects = step.effects.map((effect) => {
    switch (effect.type) {
      case 'open':
        return 'open';
      case 'end':
        return effect.how === 'close' ? 'bye' : 'end';
      case 'attach':
        return 'attach';
      case 'detach':
        return effect.requests;
      case 'heartbeat':
        return effect.action;
      case 'ended':
        return 'ended';
      default:
        return effect satisfies never;
    }
  });
  if (step.state === before && effects.length === 0) return '=';
  return [`${step.state.name}:`, ...effects].join(' ');
}

describe.each(stateNames)('%s', (state) => {
  test.each(inputNames)('input %s leads to the expected step', (input) => {
    expect(describeStep(state, input)).toBe(table[state][input]);
  });
});

test('a due event before its time changes nothing', () => {
  for (const state of stateNames) {
    const time = dueAt(samples[state]);
    if (time === undefined) continue;
    const step = reduce(samples[state], event(inputs.due, time - samples[state].since - 1), config);
    expect(step).toEqual({ state: samples[state], effects: [] });
  }
});

test('the documented edges between states are those that inputs take, no more and no fewer', () => {
  const taken = new Set<string>();
  const variants: readonly ConnectionState[] = [
    ...Object.values(samples),
    ...[samples.connecting, samples.handshaking].flatMap((state) => [
      { ...state, attempt: 10 },
      { ...state, attempt: 0 },
    ]),
    { ...samples.ready, attempt: 10 },
  ];
  for (const state of variants) {
    for (const input of Object.values(inputs)) {
      for (const at of [1, 5_000, 70_000]) {
        const { state: to } = reduce(state, event(input, at), config);
        if (to.name !== state.name || to.generation !== state.generation) taken.add(`${state.name} > ${to.name}`);
      }
    }
  }
  const documented = Object.entries(connectionEdges).flatMap(([from, targets]) =>
    targets.map((to) => `${from} > ${to}`),
  );
  expect([...taken].sort()).toEqual(documented.sort());
});
