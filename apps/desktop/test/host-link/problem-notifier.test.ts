import { expect, test } from 'vitest';
import { createProblemNotifier } from '../../src/host-link/problem-notifier.ts';
import type { LinkState } from '../../src/host-link/state.ts';
import { failure, hostInfo } from '../support/statuses.ts';

function waiting(failures: number, detail = failure.detail): LinkState {
  return { name: 'waiting', failures, since: 0, lost: false, retryAt: 10, problem: { ...failure, detail } };
}
const seeking: LinkState = { name: 'connecting', step: 'find', failures: 1, since: 0, lost: false };
const live: LinkState = { name: 'live', role: 'client', info: hostInfo, since: 5 };

test.each<[string, readonly LinkState[], readonly string[]]>([
  ['a host that was just starting is no trouble', [waiting(1), seeking, live], []],
  [
    'what goes on is told, once',
    [waiting(1), seeking, waiting(2), seeking, waiting(3), seeking, waiting(4)],
    [failure.detail],
  ],
  [
    'something else is told anew',
    [waiting(2), waiting(3, 'the disk is full'), waiting(4, 'the disk is full')],
    [failure.detail, 'the disk is full'],
  ],
  [
    'the same, later, is told again',
    [waiting(2), seeking, live, seeking, waiting(1), waiting(2)],
    [failure.detail, failure.detail],
  ],
])('%s', (_what, states, details) => {
  const told: string[] = [];
  const hear = createProblemNotifier(({ detail }) => told.push(detail));
  for (const state of states) hear(state);
  expect(told).toEqual(details);
});
