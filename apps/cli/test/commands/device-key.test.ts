import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startGateway } from '@deskclaw/gateway';
import { osKeyring } from '@deskclaw/host';
import { expect, onTestFinished, test } from 'vitest';
import { needsSecretService, startSession } from '../../../../packages/host/test/keyring/secret-service.ts';
import { bin, Home } from '../support/deskclaw.ts';

const token = 'shared-token-of-the-gateway';

/** An installation whose gateway is met as a device. */
async function installation(env: Readonly<Record<string, string>>): Promise<Home> {
  const gateway = await startGateway({ dialect: 'openclaw', token });
  onTestFinished(() => gateway.close());
  const home = new Home(env);
  writeFileSync(join(home.folder, 'token'), token, { mode: 0o600 });
  mkdirSync(join(home.folder, 'config'), { recursive: true });
  const settings = { url: gateway.url, auth: { device: 'always' } };
  writeFileSync(join(home.folder, 'config', 'config.json'), JSON.stringify(settings));
  return home;
}

async function start(home: Home): Promise<void> {
  const { ended } = home.start(['start', '--json'], { env: { DESKCLAW_TOKEN_FILE: join(home.folder, 'token') } });
  expect(await ended).toMatchObject({ code: 0 });
}

function storedDevice(home: Home): unknown {
  return JSON.parse(readFileSync(join(home.folder, 'state', 'default', 'device.json'), 'utf8'));
}

test('a host keeps the key of its device in the keyring of the session, and "paths" says so', async (context) => {
  needsSecretService(context);
  const { HOME: _, ...session } = (await startSession()).env;
  const home = await installation({ ...session, DESKCLAW_DEVICE_KEYS: 'keyring' });
  await start(home);
  expect((await home.run('paths')).stdout).toMatch(/device key +keyring\n/);
  expect((await home.document('paths'))['deviceKey']).toEqual({ stored: 'keyring' });
  expect(storedDevice(home)).toEqual({ keptIn: 'keyring', id: expect.any(String), gateways: expect.any(Array) });
  expect((await home.run('logs')).stdout).toContain('The key of this device is kept in: keyring');
});

test('without a keyring it is in its file, and "paths" says why', async (context) => {
  if (process.platform !== 'linux') context.skip('the keyring of this system belongs to whoever works here');
  const home = await installation({ DESKCLAW_DEVICE_KEYS: 'keyring', XDG_RUNTIME_DIR: '/nonexistent' });
  await start(home);
  expect((await home.run('paths')).stdout).toMatch(/device key +file \(no keyring: .+\)\n/);
  expect(storedDevice(home)).toMatchObject({ privateKey: expect.any(String) });
});

test('an installation that lost the library of the keyring has none, and says so', async () => {
  const dist = dirname(bin);
  const folder = mkdtempSync(join(tmpdir(), 'deskclaw-no-library-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of ['deskclaw-keyring.cjs', 'chunks'])
    cpSync(join(dist, name), join(folder, name), { recursive: true });
  const command = [process.execPath, join(folder, 'deskclaw-keyring.cjs')] as const;
  expect(await osKeyring({ command, env: {} }).write('one', 'secret')).toEqual({
    kind: 'error',
    cause: 'unavailable',
    message: expect.stringContaining('@napi-rs/keyring'),
  });
});

test('under a folder for everything it is in its file', async () => {
  const home = await installation({});
  await start(home);
  expect((await home.run('paths')).stdout).toMatch(/device key +file\n/);
});
