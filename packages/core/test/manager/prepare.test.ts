import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, onTestFinished } from 'vitest';
import { GatewayError } from '../../src/errors/gateway-error.ts';
import { gatewayCommand, manage, stopAll } from './builtin.ts';

afterEach(stopAll);

it('a hook that throws fails the start with its reason, and no other request', async () => {
  const manager = manage({
    prepare: () => Promise.reject(new Error('the hook has a bug')),
  });
  const error: unknown = await manager.start().catch((reason: unknown) => reason);
  expect(String(error)).toContain('the hook has a bug');
  expect(error).toBeInstanceOf(GatewayError);
  expect(manager.getStatus().state).toBe('error');
});

it('a start on an address that this machine does not have fails with the reason, and so does the next', async () => {
  const manager = manage({ host: '203.0.113.7', port: 0 });
  for (let tries = 0; tries < 2; tries += 1) {
    const error: unknown = await manager.start().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(GatewayError);
    expect(String(error)).toContain('no port on 203.0.113.7 can be had');
    expect(manager.getStatus()).toMatchObject({ state: 'error', problem: { code: 'internal' } });
  }
});

it('a start after a restart that could not be planned is not told as finding out what to start', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'deskclaw-prepare-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, 'the-token', { mode: 0o600 });
  const target = {
    mode: 'supervise',
    command: [...gatewayCommand(), '--token-file', tokenFile],
    env: {},
    host: '127.0.0.1',
    port: 0,
    path: '/ws',
    healthPath: '/health',
    dialect: 'auto',
    auth: { token: 'another' },
    startTimeoutMs: 30_000,
    drainMs: 0,
    graceMs: 1_000,
    lifeline: false,
  } as const;
  let isPlannable = true;
  const manager = manage({
    prepare: () =>
      isPlannable ? Promise.resolve({ ok: true, target }) : Promise.reject(new Error('the hook has a bug')),
  });
  await expect(manager.start()).rejects.toMatchObject({ code: 'auth.token-mismatch' });
  isPlannable = false;
  await expect(manager.restart()).rejects.toThrow('the hook has a bug');
  const phases: string[] = [];
  manager.on('status', ({ phase }) => phases.push(phase));
  await expect(manager.start()).rejects.toMatchObject({ code: 'auth.token-mismatch' });
  expect(phases).toContain('handshaking');
  expect(phases).not.toContain('preflight');
});
