import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeClock } from '@deskclaw/core';
import { startGateway } from '@deskclaw/gateway';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { needsSecretService, startSession } from '../../../../packages/host/test/keyring/secret-service.ts';
import type { Connection } from '../../src/host-link/host-link.ts';
import { createHosts, type HostsDeps } from '../../src/host-link/hosts.ts';

const root = join(import.meta.dirname, '..', '..', '..', '..');
const commandLine = join(root, 'apps', 'cli', 'dist', 'deskclaw.cjs');
let home: string;
const open = new Set<Connection>();

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'dc-hosts-'));
});
afterEach(async () => {
  for (const connection of open) {
    // Stops leftover background hosts: they outlive the process that started them.
    await connection.client.call('host.shutdown', { force: true }).catch(() => undefined);
    await connection.client.closed;
  }
  open.clear();
  rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
});

function hosts(more: Partial<HostsDeps> = {}) {
  return createHosts({
    profile: 'default',
    env: { ...process.env, DESKCLAW_HOME: home, DESKCLAW_PORT: '0' },
    clock: nodeClock,
    builtinGateway: join(root, 'packages', 'gateway', 'dist', 'deskclaw-gateway.js'),
    commandLine: existsSync(commandLine) ? commandLine : undefined,
    node: Promise.resolve(process.execPath),
    lastStart: () => ({ gateway: 'builtin' }),
    prefersBackground: () => false,
    ...more,
  });
}

function keep<T extends Connection | undefined>(connection: T): T {
  if (connection !== undefined) open.add(connection);
  return connection;
}

async function become(from: ReturnType<typeof hosts>): Promise<Connection> {
  const result = await from.startHost();
  if (result.kind !== 'started') throw new Error(result.problem.detail);
  return keep(result.connection);
}

test('an app that is the host stores its device key in the session keyring', async (context) => {
  needsSecretService(context);
  const session = await startSession();
  const gateway = await startGateway({ dialect: 'openclaw', token: 'T' });
  mkdirSync(join(home, 'config'));
  writeFileSync(join(home, 'token'), 'T', { mode: 0o600 });
  const settings = { url: gateway.url, auth: { device: 'always' }, deviceKeys: 'keyring' };
  writeFileSync(join(home, 'config', 'config.json'), JSON.stringify(settings));
  const env = { ...session.env, DESKCLAW_HOME: home, DESKCLAW_TOKEN_FILE: join(home, 'token') };
  const device = () => JSON.parse(readFileSync(join(home, 'state', 'default', 'device.json'), 'utf8'));
  try {
    const own = await become(hosts({ env }));
    await own.client.call('gateway.start', {});
    expect(device()).toEqual({ keptIn: 'keyring', id: expect.any(String), gateways: expect.any(Array) });
    await own.leave({ force: true });
    open.delete(own);

    const background = await become(hosts({ env, prefersBackground: () => true }));
    const before = device();
    await background.client.call('gateway.start', {});
    expect(device()).toEqual(before);
  } finally {
    await gateway.close();
  }
});

test('find returns undefined without a host; after startHost others join', async () => {
  const [first, second] = [hosts(), hosts()];
  expect(await first.find()).toBeUndefined();
  const own = await become(first);
  expect(own).toMatchObject({ role: 'host', info: { kind: 'desktop', pid: process.pid } });

  const joined = keep(await second.find());
  expect(joined).toMatchObject({ role: 'client', info: { kind: 'desktop', pid: process.pid } });
  expect(await second.startHost()).toMatchObject({ kind: 'lost-race', problem: { code: 'state.locked' } });
});

test('openChannel gives each page its own channel', async () => {
  const own = await become(hosts());
  const joined = keep(await hosts().find());
  for (const connection of [own, joined]) {
    const channel = await connection?.openChannel();
    const answer = new Promise<string>((resolve) => channel?.onFrame(resolve));
    channel?.send('{"jsonrpc":"2.0","id":"one","method":"host.info"}');
    expect(JSON.parse(await answer)).toMatchObject({ id: 'one', result: { pid: process.pid } });
    channel?.close();
  }
});

test('a browser can connect when the app is the host', async () => {
  const own = await become(hosts());
  const { url } = await own.client.call('host.openDashboard');
  const greeting = await fetch(url, { redirect: 'manual' });
  const cookie = greeting.headers.get('set-cookie')?.split(';')[0] ?? '';
  const page = await fetch(new URL('/', url), { headers: { cookie } });
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
});

test('leave keeps a joined host running and shuts down an own one', async () => {
  const from = hosts();
  const own = await become(from);
  const joined = await from.find();
  await joined?.leave();
  expect(await own.client.call('gateway.status')).toMatchObject({ state: 'stopped' });
  await own.leave();
  expect(await from.find()).toBeUndefined();
});

test('startHost spawns a background host when gateways are to be kept', async () => {
  const connection = await become(hosts({ prefersBackground: () => true }));
  expect(connection).toMatchObject({ role: 'client', info: { kind: 'background' } });
  expect(connection.info.pid).not.toBe(process.pid);
});

test('startHost hosts in-process without Node or the command line', async () => {
  const without = hosts({ prefersBackground: () => true, node: Promise.resolve(undefined) });
  expect(await without.canMove()).toBe(false);
  expect(await hosts({ commandLine: undefined }).canMove()).toBe(false);
  expect(await become(without)).toMatchObject({ role: 'host' });
});

test('move hands the same gateway process to a background host', async () => {
  const from = hosts();
  expect(await from.canMove()).toBe(true);
  const own = await become(from);
  const before = await own.client.call('gateway.start', { gateway: 'builtin' });
  open.delete(own);
  const { port } = await own.client.call('gateway.status');
  await from.move(own);

  const moved = keep(await from.find());
  expect(moved?.info.kind).toBe('background');
  const status = await moved?.client.call('gateway.status');
  expect(status).toMatchObject({ state: 'running', port });
  expect(status?.pid).toBe(before.pid);
});

test('move restarts a gateway that is still starting', async () => {
  const from = hosts();
  const own = await become(from);
  open.delete(own);
  await from.move(own);

  const moved = keep(await from.find());
  expect(moved?.info.kind).toBe('background');
  expect(await moved?.client.call('gateway.status')).toMatchObject({ state: 'running' });
});
