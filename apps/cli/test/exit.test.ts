import { describeProblem, type GatewayStatus, gatewayStates } from '@deskclaw/protocol';
import { expect, it } from 'vitest';
import { exitCodeForStatus, exitCodeMeanings } from '../src/exit.ts';

const status: GatewayStatus = {
  state: 'running',
  phase: 'ready',
  since: 0,
  ownership: 'owned',
  health: 'ok',
  generation: 1,
  host: '127.0.0.1',
  port: 1,
  url: 'ws://127.0.0.1:1/ws',
  reconnectAttempts: 0,
  restarts: 0,
};

it.each([
  [{ state: 'running', health: 'ok' }, 0],
  [{ state: 'running', health: 'unknown' }, 0],
  [{ state: 'running', health: 'busy' }, 0],
  [{ state: 'running', health: 'unresponsive' }, 5],
  [{ state: 'running', health: 'down' }, 5],
  [{ state: 'reconnecting', health: 'down' }, 5],
  [{ state: 'starting', health: 'unknown' }, 3],
  [{ state: 'stopping', health: 'unknown' }, 3],
  [{ state: 'stopped', health: 'unknown' }, 3],
  [{ state: 'error', health: 'down' }, 1],
] as const)('%j exits %d', (part, code) => {
  expect(exitCodeForStatus({ ...status, ...part })).toBe(code);
});

it.each([
  [describeProblem('auth.token-mismatch', { source: 'x' }, 0), 4],
  [describeProblem('openclaw.not-installed', { searched: [] }, 0), 78],
  [describeProblem('gateway.unresponsive', { detail: 'x' }, 0), 5],
  [describeProblem('port.in-use', { host: 'h', port: 1 }, 0), 1],
])('a failure exits as its problem does: $code', (problem, code) => {
  expect(exitCodeForStatus({ ...status, state: 'error', problem })).toBe(code);
});

it('gives every state an exit status that is explained', () => {
  const explained = exitCodeMeanings.map(({ code }) => code);
  for (const state of gatewayStates) expect(explained).toContain(exitCodeForStatus({ ...status, state }));
});
