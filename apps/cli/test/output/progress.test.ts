import type { GatewayStatus } from '@deskclaw/protocol';
import { describeProblem } from '@deskclaw/protocol';
import { expect, test } from 'vitest';
import { WaitReport } from '../../src/output/progress.ts';

const status: GatewayStatus = {
  state: 'starting',
  phase: 'waiting-ready',
  since: 0,
  ownership: 'owned',
  health: 'unknown',
  generation: 1,
  host: '127.0.0.1',
  port: 18_789,
  url: 'ws://127.0.0.1:18789/ws',
  reconnectAttempts: 0,
  restarts: 0,
};

test('a short wait is not reported, a longer one once by its step', () => {
  const report = new WaitReport(0);
  expect([0, 4_999].map((now) => report.next(status, now))).toEqual([undefined, undefined]);
  expect(report.next(status, 5_000)).toMatch(/^starting, /);
  expect([6_000, 60_000].map((now) => report.next(status, now))).toEqual([undefined, undefined]);
});

test('a reason is reported at once, and another one five seconds later', () => {
  const report = new WaitReport(0);
  const nowhere = { ...status, startNote: 'Its process runs, but has not opened a port yet.' };
  const elsewhere = { ...status, startNote: 'Its process listens on [::1]:1, not on 127.0.0.1:1.' };
  expect(report.next(nowhere, 1_000)).toBe(nowhere.startNote);
  expect(report.next(elsewhere, 2_000)).toBeUndefined();
  expect(report.next(elsewhere, 6_000)).toBe(elsewhere.startNote);
});

test('a problem is the reason where nothing else is known, in its first line', () => {
  const problem = describeProblem('connection.refused', { url: 'ws://h/', reason: 'connect ECONNREFUSED' }, 0);
  expect(new WaitReport(0).next({ ...status, problem }, 0)).toBe('ws://h/: connect ECONNREFUSED.');
  expect(new WaitReport(0).next({ ...status, state: 'running', problem }, 0)).toBeUndefined();
});
