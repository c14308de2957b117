import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeProcessTable } from '@deskclaw/core';
import { expect, it, onTestFinished } from 'vitest';
import { runChecks } from '../../src/doctor/checks.ts';
import { type DoctorPorts, gatherDoctorFacts } from '../../src/host/gather-doctor-facts.ts';

const now = Date.UTC(2026, 10, 29);

/** A machine on which everything is well, and a profile that runs the built-in gateway. */
function machine(changes: Partial<DoctorPorts> = {}) {
  const home = mkdtempSync(join(tmpdir(), 'deskclaw-doctor-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  for (const folder of ['config', 'run', 'state/default'])
    mkdirSync(join(home, folder), { recursive: true, mode: 0o700 });
  writeFileSync(join(home, 'config/config.json'), '{"gateway":"builtin","port":18790}', { mode: 0o600 });
  const ports: DoctorPorts = {
    clock: { wallTime: () => now },
    tcpPorts: { check: () => Promise.resolve('free'), owner: () => Promise.resolve(undefined) },
    processes: nodeProcessTable,
    freeBytes: () => Promise.resolve(10 ** 12),
    probeSocket: () => Promise.resolve('absent'),
    platform: 'linux',
    node: { version: '24.21.0', file: '/opt/node' },
    ...changes,
  };
  const env = { HOME: home, DESKCLAW_HOME: home, DBUS_SESSION_BUS_ADDRESS: 'unix:path=/x' };
  return gatherDoctorFacts({ name: 'default', env }, ports);
}

it('the facts are those of the ports, not of the machine that asks', async () => {
  const facts = await machine({
    tcpPorts: {
      check: (_host, port) => Promise.resolve(port === 18_790 ? 'taken' : 'free'),
      owner: () => Promise.resolve({ pid: 7, name: 'nginx' }),
    },
    freeBytes: () => Promise.resolve(1_000),
    node: { version: '20.1.0', file: '/opt/node' },
    probeSocket: () => Promise.resolve('dead'),
  });
  expect(facts).toMatchObject({
    node: { version: '20.1.0', file: '/opt/node', isSupported: false },
    port: { port: 18_790, state: 'taken', owner: { pid: 7, name: 'nginx' }, isOurs: false },
    disk: { freeBytes: 1_000 },
    clock: { now },
  });
  expect(facts.runtime.deadSockets).not.toHaveLength(0);
  const faults = runChecks(facts).filter(({ result }) => result === 'fault');
  expect(faults.map(({ id }) => id)).toEqual(expect.arrayContaining(['node', 'disk']));
});

it('a disk that cannot be asked is unknown, and a clock before the newest file is told', async () => {
  const facts = await machine({ freeBytes: () => Promise.reject(new Error('no such device')) });
  expect(facts.disk.freeBytes).toBeUndefined();
  expect(runChecks(await machine()).filter(({ result }) => result === 'fault')).toEqual([]);
});
