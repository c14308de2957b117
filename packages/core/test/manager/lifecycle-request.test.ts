import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ConditionInput,
  decide,
  deriveCondition,
  type Operation,
  type OperationKind,
  type Situation,
} from '../../src/manager/lifecycle-request.ts';
import { connections, problem, supervisors } from './status-samples.ts';

const kinds = ['start', 'stop', 'restart'] as const satisfies readonly OperationKind[];
const conditions = ['stopped', 'running', 'recovering', 'failed'] as const;

function situation(
  want: 'up' | 'down',
  condition: Situation['condition'],
  operation?: OperationKind,
  canBeForced = false,
): Situation {
  return {
    canBeForced,
    intent: { want, generation: 7 },
    condition,
    operation: operation === undefined ? undefined : { kind: operation, generation: 7 },
  };
}
const up = { kind: 'begin', intent: { want: 'up', generation: 8 } };
const down = { kind: 'begin', intent: { want: 'down', generation: 8 } };
const joined = (kind: OperationKind): { kind: 'join'; operation: Operation } => ({
  kind: 'join',
  operation: { kind, generation: 7 },
});

describe('decide', () => {
  it.each([
    ['start', situation('down', 'stopped'), up],
    ['start', situation('down', 'running', 'stop'), up],
    ['start', situation('up', 'recovering', 'start'), joined('start')],
    ['start', situation('up', 'recovering', 'restart'), joined('restart')],
    ['start', situation('up', 'running'), { kind: 'already' }],
    ['start', situation('up', 'recovering'), { kind: 'reconnect' }],
    ['start', situation('up', 'failed'), up],
    ['stop', situation('up', 'running'), down],
    ['stop', situation('up', 'recovering', 'start'), down],
    ['stop', situation('up', 'failed'), down],
    ['stop', situation('down', 'running', 'stop'), joined('stop')],
    ['stop', situation('down', 'stopped'), { kind: 'already' }],
    ['stop', situation('down', 'failed'), down],
    ['stop', situation('down', 'failed', 'stop'), joined('stop')],
    ['restart', situation('up', 'running'), up],
    ['restart', situation('up', 'recovering', 'start'), up],
    ['restart', situation('up', 'recovering', 'restart'), joined('restart')],
    ['restart', situation('down', 'stopped'), up],
    ['restart', situation('down', 'running', 'stop'), up],
  ] as const)('answers %s in the situation %j with %j', (request, current, expected) => {
    expect(decide(current, { kind: request })).toEqual(expected);
  });

  it.each([
    ['stop', situation('down', 'running', 'stop', true), down],
    ['restart', situation('up', 'recovering', 'restart', true), up],
    ['stop', situation('down', 'running', 'stop', false), joined('stop')],
    ['restart', situation('up', 'recovering', 'start', true), up],
  ] as const)('answers a forced %s in the situation %j with %j', (request, current, expected) => {
    expect(decide(current, { kind: request, force: true })).toEqual(expected);
  });

  it('never refuses a request, and raises the generation by one at most', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('up' as const, 'down' as const),
        fc.constantFrom(...conditions),
        fc.option(fc.constantFrom(...kinds), { nil: undefined }),
        fc.constantFrom(...kinds),
        (want, condition, operation, request) => {
          const decision = decide(situation(want, condition, operation), { kind: request });
          if (decision.kind === 'begin') {
            expect(decision.intent.generation).toBe(8);
            expect(decision.intent.want).toBe(request === 'stop' ? 'down' : 'up');
          } else if (decision.kind === 'join') {
            expect(decision.operation.kind).toBe(operation);
          } else {
            expect(want).toBe(request === 'stop' ? 'down' : 'up');
          }
        },
      ),
    );
  });
});

describe('deriveCondition', () => {
  const up: ConditionInput = {
    intent: { want: 'up', generation: 1 },
    supervisor: supervisors.running,
    connection: connections.ready,
    planProblem: undefined,
    hasLostAttached: false,
  };
  const down = { ...up, intent: { want: 'down', generation: 2 } } as const;

  it.each<[string, ConditionInput, Situation['condition']]>([
    ['connected', up, 'running'],
    ['connected, but being stopped', { ...up, supervisor: supervisors.relaunching }, 'recovering'],
    ['connected, but without a plan', { ...up, planProblem: problem }, 'failed'],
    ['lives without a connection', { ...up, connection: connections.waiting }, 'recovering'],
    ['is being spawned', { ...up, supervisor: supervisors.spawning, connection: connections.closed }, 'recovering'],
    ['waits for a respawn', { ...up, supervisor: supervisors.backoff, connection: connections.closed }, 'failed'],
    ['was given up', { ...up, supervisor: supervisors.failed, connection: connections.closed }, 'failed'],
    [
      'was lost',
      { ...up, supervisor: supervisors.idle, connection: connections.exhausted, hasLostAttached: true },
      'failed',
    ],
    [
      'is attached, and comes back',
      { ...up, supervisor: supervisors.idle, connection: connections.waiting },
      'recovering',
    ],
    ['was given up while connected', { ...up, supervisor: supervisors.failed }, 'running'],
    ['is stopped', { ...down, supervisor: supervisors.idle, connection: connections.closed }, 'stopped'],
    ['is being stopped', { ...down, supervisor: supervisors.stopping }, 'stopped'],
    ['was to stop, and outlived SIGKILL', { ...down, supervisor: supervisors.unended }, 'failed'],
  ])('a gateway that %s is in the condition that a request depends on', (_what, input, condition) => {
    expect(deriveCondition(input)).toBe(condition);
  });
});
