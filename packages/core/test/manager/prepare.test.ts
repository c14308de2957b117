import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, onTestFinished } from 'vitest';
import { GatewayError } from '../../src/errors/gateway-error.ts';
import { targetFromOptions } from '../../src/manager/target.ts';
import { gatewayCommand, manage, stopAll } from './builtin.ts';
import { healthy, ManagerWorld, PORT } from './manager-world.ts';

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

it('a gateway that says for ever that it is starting is waited for no longer than the limit of the start', async () => {
  const target = {
    ...targetFromOptions({ mode: 'supervise', command: ['/opt/gateway'], port: PORT }),
    startTimeoutMs: 5_000,
  };
  const world = new ManagerWorld({
    gateway: { dialect: 'openclaw' },
    prepare: () => Promise.resolve({ ok: true, target: { ...target, startLimitMs: 5_000 } }),
  });
  world.server.listen((peer) => peer.close(1013, 'starting'));
  const error = await world.failure(world.manager.start(), 6_000);
  expect(error.code).toBe('gateway.start-timeout');
  const patient = new ManagerWorld({
    gateway: { dialect: 'openclaw' },
    prepare: () => Promise.resolve({ ok: true, target }),
  });
  patient.server.listen((peer) => peer.close(1013, 'starting'));
  void patient.manager.start().catch(() => undefined);
  await patient.clock.advance(30_000);
  expect(patient.manager.getStatus()).toMatchObject({ state: 'starting', phase: 'warming-up' });
  await patient.settle(patient.manager.stop());
});

it('a start that needed a repair of the configuration says what was repaired, and the next one does not', async () => {
  const target = targetFromOptions({ mode: 'supervise', command: ['/opt/gateway'], port: PORT });
  const did = 'Before this start the key "gateway.bind" had been removed.';
  const world = new ManagerWorld({
    behave: (spawn) => (spawn === 1 ? { ...healthy, exit: { afterMs: 20, code: 78 } } : healthy),
    prepare: () =>
      Promise.resolve({ ok: true, target: { ...target, repair: () => Promise.resolve({ kind: 'repaired', did }) } }),
  });
  expect(await world.settle(world.manager.start())).toMatchObject({ outcome: 'applied', repaired: did });
  expect(await world.settle(world.manager.restart())).not.toHaveProperty('repaired');
  await world.settle(world.manager.stop());
});
