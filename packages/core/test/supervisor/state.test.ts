import { expect, test } from 'vitest';
import {
  canBeForced,
  childOf,
  deadlineOf,
  type Stage,
  type SupervisorState,
  supervisorEdges,
  survivorOf,
} from '../../src/supervisor/state.ts';
import { edgesTaken } from './reducer-samples.ts';
import { child, problem } from './samples.ts';

const launching = { launch: 1, since: 5, purpose: 'user', deadline: 100 } as const;
const next = { to: 'idle' } as const;
const ending = { name: 'terminating', launch: 1, since: 5, next } as const;

interface Row {
  readonly state: SupervisorState;
  readonly pid?: number;
  readonly deadline?: number;
}
const rows: readonly Row[] = [
  { state: { name: 'idle', since: 5 } },
  { state: { name: 'preflight', ...launching }, deadline: 100 },
  { state: { name: 'spawning', ...launching }, deadline: 100 },
  {
    state: { name: 'booting', ...launching, child, adopted: false },
    pid: 4711,
    deadline: 100,
  },
  {
    state: { name: 'running', launch: 1, since: 5, child, adopted: false, bootMs: 1 },
    pid: 4711,
  },
  { state: { ...ending, stage: { step: 'cancelling', deadline: 9 } }, deadline: 9 },
  {
    state: { ...ending, stage: { step: 'awaiting-child', deadline: 9, mode: 'kill' } },
    deadline: 9,
  },
  {
    state: { ...ending, stage: { step: 'draining', child, deadline: 9 } },
    pid: 4711,
    deadline: 9,
  },
  {
    state: { ...ending, stage: { step: 'sigterm-sent', child, deadline: 9 } },
    pid: 4711,
    deadline: 9,
  },
  { state: { ...ending, stage: { step: 'reaping', child } }, pid: 4711 },
  {
    state: { name: 'backoff', since: 5, respawnAt: 60, problem },
    deadline: 60,
  },
  { state: { name: 'failed', since: 5, problem } },
  {
    state: { name: 'failed', since: 5, problem, survivor: { launch: 1, child } },
    pid: 4711,
  },
];

test.each(rows)('$state.name $state.stage.step names its process and its deadline', ({ state, pid, deadline }) => {
  expect(childOf(state)?.pid).toBe(pid);
  expect(deadlineOf(state)).toBe(deadline);
});

test.each<[Stage, boolean]>([
  [{ step: 'draining', child, deadline: 9 }, true],
  [{ step: 'sigterm-sent', child, deadline: 9 }, true],
  [{ step: 'awaiting-child', mode: 'drain', deadline: 9 }, true],
  [{ step: 'awaiting-child', mode: 'terminate', deadline: 9 }, true],
  [{ step: 'awaiting-child', mode: 'kill', deadline: 9 }, false],
  [{ step: 'cancelling', deadline: 9 }, false],
  [{ step: 'reaping', child }, false],
])('a stop in the stage %j can be forced: %s', (stage, answer) => expect(canBeForced(stage)).toBe(answer));

test('only a failed state has a process that survived SIGKILL', () => {
  const survivors = rows.flatMap(({ state }) => survivorOf(state) ?? []);
  expect(survivors).toEqual([child]);
});

test('the documented edges between states are those that events take, no more and no fewer', () => {
  const documented = Object.entries(supervisorEdges).flatMap(([from, targets]) =>
    targets.map((to) => `${from} > ${to}`),
  );
  expect(documented.sort()).toEqual([...edgesTaken()].sort());
});
