import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redactor } from '@deskclaw/core/internal';
import { describeProblem, type GatewayStatus } from '@deskclaw/protocol';
import { expect, it, onTestFinished } from 'vitest';
import { redactStatus } from '../../src/host/host-log.ts';
import { recordFailureWithoutHost } from '../../src/host/record-without-host.ts';
import { resolvePaths } from '../../src/profile/paths.ts';

const status: GatewayStatus = {
  state: 'error',
  phase: 'idle',
  since: 0,
  ownership: 'none',
  health: 'unknown',
  generation: 0,
  host: '127.0.0.1',
  port: 1,
  url: 'ws://127.0.0.1:1/ws',
  reconnectAttempts: 0,
  restarts: 0,
};

it('a status shows no known secret, neither in its problem nor in its recovery', () => {
  const redactor = new Redactor();
  const secret = 'correct-horse-battery-staple';
  redactor.learn(secret);
  const problem = describeProblem('internal', { detail: `It printed ${secret}.` }, 7);
  const recovery = { state: 'given-up', at: 7, message: `It printed ${secret}.` } as const;
  const redacted = redactStatus({ ...status, problem, recovery }, redactor);
  expect(JSON.stringify(redacted)).not.toContain(secret);
  expect(redacted).toMatchObject({ problem: { code: 'internal' }, recovery: { state: 'given-up', at: 7 } });
  expect(redactStatus(status, redactor)).toEqual(status);
});

it('a log that cannot be written keeps no failure from being stored', () => {
  const folder = mkdtempSync(join(tmpdir(), 'deskclaw-record-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const profile = { name: 'test', env: { DESKCLAW_HOME: folder, HOME: folder } };
  const { logs, lastFailure } = resolvePaths(profile);
  mkdirSync(join(logs, 'gateway.log'), { recursive: true });
  recordFailureWithoutHost(profile, describeProblem('internal', { detail: 'It broke.' }, 7), {});
  expect(readFileSync(lastFailure, 'utf8')).toContain('It broke.');
});
