import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startGateway } from '@deskclaw/gateway';
import { isObject } from '@deskclaw/protocol';
import { expect, onTestFinished, test } from 'vitest';
import { dialReady, faults } from '../../../core/test/connection/real.ts';
import { gatewayFile } from '../../../core/test/manager/builtin.ts';
import { startHost } from '../../src/host/host.ts';
import { resolvePaths } from '../../src/profile/paths.ts';

const token = 'shared-token-of-the-gateway';

function home() {
  const folder = mkdtempSync(join(tmpdir(), 'deskclaw-device-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, token, { mode: 0o600 });
  const env = { DESKCLAW_HOME: folder, HOME: folder, PATH: '/nowhere', DESKCLAW_TOKEN_FILE: tokenFile };
  const paths = resolvePaths({ name: 'test', env });
  return { env, paths, tokenFile };
}
type Home = ReturnType<typeof home>;

async function open({ env }: Home) {
  const host = await startHost({
    profile: 'test',
    env,
    kind: 'foreground',
    version: '9.9.9',
    builtinGateway: { file: gatewayFile },
  });
  onTestFinished(() => host.shutdown({ force: true }));
  return { host, shell: host.client() };
}

function everythingWritten(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'device.json')
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n');
}

test('a profile is one device to its gateway: approved once, known from then on, its secrets its own', async () => {
  const gateway = await startGateway({ dialect: 'openclaw', token, faults: faults('device-approval') });
  onTestFinished(() => gateway.close());
  const place = home();
  mkdirSync(dirname(place.paths.config), { recursive: true });
  writeFileSync(place.paths.config, JSON.stringify({ url: gateway.url, auth: { device: 'always' } }));

  const first = await open(place);
  await expect(first.shell.call('gateway.start', {})).rejects.toMatchObject({ code: 'auth.pairing-required' });
  const status = await first.shell.call('gateway.status');
  expect(status).toMatchObject({ state: 'error', phase: 'paused', nextRetryAt: expect.any(Number) });
  const command = status.problem?.actions[0]?.command ?? '';
  expect(command).toMatch(/^openclaw devices approve [\w-]+$/);

  const owner = await dialReady(gateway.url, { dialect: 'openclaw', auth: { token } });
  await owner.request<string>('device.pair.approve', { requestId: command.split(' ').at(-1) });
  await first.shell.call('gateway.reconnect');
  await expect.poll(async () => (await first.shell.call('gateway.status')).state).toBe('running');

  const { device } = place.paths;
  await expect.poll(() => readFileSync(device, 'utf8')).toContain(gateway.url);
  if (process.platform !== 'win32') {
    expect(statSync(device).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(device)).mode & 0o777).toBe(0o700);
  }
  await first.host.shutdown();

  // Known by its own token: the shared one is of no use any more.
  writeFileSync(place.tokenFile, 'no longer the shared token');
  const second = await open(place);
  expect(await second.shell.call('gateway.start', {})).toMatchObject({ outcome: 'applied' });
  await second.host.shutdown();

  const stored: unknown = JSON.parse(readFileSync(device, 'utf8'));
  if (!isObject(stored) || !isObject(stored['tokens'])) throw new Error('the device file has no tokens');
  const written = everythingWritten(dirname(device));
  for (const secret of [stored['privateKey'], ...Object.values(stored['tokens'])]) {
    expect(String(secret).length).toBeGreaterThan(20);
    expect(written).not.toContain(secret);
  }
});
