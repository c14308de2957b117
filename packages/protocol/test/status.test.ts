import { describe, expect, test } from 'vitest';
import { type GatewayState, gatewayStates, stateEdges } from '../src/status.ts';

describe('the documented edges', () => {
  // Written out a second time on purpose: an edge that comes or goes has to be meant.
  test.each<[GatewayState, GatewayState, string]>([
    ['stopped', 'starting', 'someone wants it up'],
    ['starting', 'running', 'it became ready'],
    ['starting', 'stopping', 'a stop overtook the start'],
    ['starting', 'stopped', 'a stop before anything was spawned'],
    ['starting', 'error', 'it cannot start'],
    ['running', 'reconnecting', 'the connection broke'],
    ['running', 'stopping', 'someone wants it down'],
    ['running', 'stopped', 'an attached gateway is let go'],
    ['running', 'starting', 'the process ended and is respawned'],
    ['running', 'error', 'the process ended and may not be respawned'],
    ['reconnecting', 'running', 'the connection is back'],
    ['reconnecting', 'stopping', 'someone wants it down'],
    ['reconnecting', 'stopped', 'an attached gateway is let go'],
    ['reconnecting', 'starting', 'the process turns out to have ended'],
    ['reconnecting', 'error', 'the attempts are used up'],
    ['stopping', 'stopped', 'it is gone'],
    ['stopping', 'starting', 'a start overtook the stop, or a restart goes on'],
    ['stopping', 'error', 'it cannot be ended'],
    ['error', 'starting', 'someone tries again'],
    ['error', 'reconnecting', 'an attempt is made after all'],
    ['error', 'running', 'the slow probe reached it'],
    ['error', 'stopping', 'someone wants it down'],
    ['error', 'stopped', 'someone wants it down and nothing runs'],
  ])('%s to %s: %s', (from, to) => {
    expect(stateEdges[from]).toContain(to);
  });

  test('there is no other', () => {
    expect(Object.values(stateEdges).flat()).toHaveLength(23);
  });

  test('every state has its edges, none leads to itself, none is named twice', () => {
    expect(Object.keys(stateEdges).sort()).toEqual([...gatewayStates].sort());
    for (const [state, edges] of Object.entries(stateEdges)) {
      expect(edges).not.toContain(state);
      expect(new Set(edges).size).toBe(edges.length);
    }
  });

  test('nothing begins or ends by a leap: stopped goes to starting alone', () => {
    expect(stateEdges.stopped).toEqual(['starting']);
  });

  test.each(gatewayStates)('every state can be reached from %s', (start) => {
    const reached = new Set<GatewayState>([start]);
    for (const state of reached) for (const next of stateEdges[state]) reached.add(next);
    expect(reached.size).toBe(gatewayStates.length);
  });
});
