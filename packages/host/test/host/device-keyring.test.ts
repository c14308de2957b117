import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startGateway } from '@deskclaw/gateway';
import { expect, onTestFinished, test } from 'vitest';
import { dialReady, faults } from '../../../core/test/connection/real.ts';
import { gatewayFile } from '../../../core/test/manager/builtin.ts';
import { startHost } from '../../src/host/host.ts';
import { osKeyring } from '../../src/keyring/os-keyring.ts';
import { resolvePaths } from '../../src/profile/paths.ts';
import { needsSecretService, patiently, type Session, startSession } from '../keyring/secret-service.ts';

const token = 'shared-token-of-the-gateway';
const program = join(import.meta.dirname, '../../src/keyring/keyring-program.ts');

interface Home {
  readonly env: Readonly<Record<string, string>>;
  readonly device: string;
  readonly logs: string;
  /** Content of the device file. */
  stored(): {
    readonly keptIn?: string;
    readonly id?: string;
    readonly privateKey?: string;
    readonly noKeyring?: string;
  };
}

/** A profile whose gateway identifies clients by their device key. */
function home(session: Session, url: string, deviceKeys: 'keyring' | 'file' = 'keyring'): Home {
  const folder = mkdtempSync(join(tmpdir(), 'deskclaw-keyring-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, token, { mode: 0o600 });
  const env = {
    ...session.env,
    DESKCLAW_HOME: folder,
    DESKCLAW_TOKEN_FILE: tokenFile,
    DESKCLAW_DEVICE_KEYS: deviceKeys,
  };
  const { config, device, logs } = resolvePaths({ name: 'test', env });
  mkdirSync(dirname(config), { recursive: true });
  writeFileSync(config, JSON.stringify({ url, auth: { device: 'always' } }));
  return { env, device, logs, stored: () => JSON.parse(readFileSync(device, 'utf8')) };
}

async function open({ env }: Pick<Home, 'env'>) {
  const keyring = osKeyring({ command: [process.execPath, program], env });
  const host = await startHost({
    profile: 'test',
    env,
    kind: 'foreground',
    version: '9.9.9',
    builtinGateway: { file: gatewayFile },
    keyring,
  });
  onTestFinished(() => host.shutdown({ force: true }));
  const shell = host.client();
  const logText = async () => (await shell.call('logs.query', {})).records.map(({ text }) => text).join('\n');
  return { host, shell, logText, keyring };
}

async function gatewayThatApproves() {
  const gateway = await startGateway({ dialect: 'openclaw', token, faults: faults('device-approval') });
  onTestFinished(() => gateway.close());
  const approve = async (shell: Awaited<ReturnType<typeof open>>['shell']) => {
    await expect(shell.call('gateway.start', {})).rejects.toMatchObject({ code: 'auth.pairing-required' });
    const requestId = (await shell.call('gateway.status')).problem?.actions[0]?.command?.split(' ').at(-1);
    const owner = await dialReady(gateway.url, { dialect: 'openclaw', auth: { token } });
    await owner.request<string>('device.pair.approve', { requestId });
    await shell.call('gateway.reconnect');
    await expect.poll(async () => (await shell.call('gateway.status')).state, patiently).toBe('running');
  };
  return { gateway, approve };
}

test('the key of a profile is in the keyring of the session, and its file holds no secret', async (context) => {
  needsSecretService(context);
  const session = await startSession();
  const { gateway, approve } = await gatewayThatApproves();
  const place = home(session, gateway.url);
  const first = await open(place);
  await approve(first.shell);
  expect(place.stored()).toEqual({
    keptIn: 'keyring',
    id: expect.stringMatching(/^[0-9a-f]{64}$/),
    gateways: expect.any(Array),
  });
  await expect.poll(first.logText, patiently).toContain('The key of this device is kept in: keyring');
  await first.host.shutdown();

  // Known by what the keyring gives: no second approval.
  const second = await open(place);
  expect(await second.shell.call('gateway.start', {})).toMatchObject({ outcome: 'applied' });
  await second.host.shutdown();
});

test('a key that lay in its file is the same one in the keyring, approved as it was', async (context) => {
  needsSecretService(context);
  const session = await startSession();
  const { gateway, approve } = await gatewayThatApproves();
  const place = home(session, gateway.url, 'file');
  const before = await open(place);
  await approve(before.shell);
  await expect.poll(() => readFileSync(place.device, 'utf8'), patiently).toContain(gateway.url);
  await before.host.shutdown();
  expect(place.stored().privateKey).toBeDefined();

  const env = { ...place.env, DESKCLAW_DEVICE_KEYS: 'keyring' };
  const after = await open({ env });
  expect(await after.shell.call('gateway.start', {})).toMatchObject({ outcome: 'applied' });
  expect(place.stored()).toEqual({ keptIn: 'keyring', id: expect.any(String), gateways: expect.any(Array) });
  await after.host.shutdown();

  // Back to the file, for a session without a keyring.
  const back = await open(place);
  expect(await back.shell.call('gateway.start', {})).toMatchObject({ outcome: 'applied' });
  expect(place.stored()).toMatchObject({ privateKey: expect.any(String) });
});

test('a keyring that is locked keeps the device from its gateway until it is unlocked, and no other is made', async (context) => {
  needsSecretService(context);
  const session = await startSession({ prompter: true });
  const { gateway, approve } = await gatewayThatApproves();
  const place = home(session, gateway.url);
  const first = await open(place);
  await approve(first.shell);
  await first.host.shutdown();
  const before = place.stored();

  await session.lock();
  const second = await open(place);
  await expect(second.shell.call('gateway.start', {})).rejects.toMatchObject({ code: 'auth.device-locked' });
  await expect.poll(() => session.prompterShown(), patiently).toBe(true);
  const { problem, nextRetryAt } = await second.shell.call('gateway.status');
  expect(problem?.actions[0]?.label).toContain('Answer the prompt of the keyring');
  expect(nextRetryAt).toEqual(expect.any(Number));
  session.dismiss();
  const helpNow = async () => {
    const { phase, problem: now } = await second.shell.call('gateway.status');
    const help = now?.actions[0]?.label ?? '';
    // Once it has an answer it must not be asked again, or it would ask the person again.
    if (phase === 'paused' && help.startsWith('Answer')) await second.shell.call('gateway.reconnect');
    return help;
  };
  await expect.poll(helpNow, patiently).toContain('Unlock the keyring');
  expect(place.stored()).toEqual(before);

  await session.unlock();
  await second.shell.call('gateway.reconnect');
  await expect.poll(async () => (await second.shell.call('gateway.status')).state, patiently).toBe('running');
  await second.host.shutdown();

  await session.endKeyring();
  const third = await open(place);
  await expect(third.shell.call('gateway.start', {})).rejects.toMatchObject({ code: 'auth.device-locked' });
  expect(place.stored()).toEqual(before);
});

test('an emptied keyring is reported, and a new device is made once the user has moved the old file away', async (context) => {
  needsSecretService(context);
  const session = await startSession();
  const { gateway, approve } = await gatewayThatApproves();
  const place = home(session, gateway.url);
  const first = await open(place);
  await approve(first.shell);
  await first.host.shutdown();
  const { id = '' } = place.stored();
  await first.keyring.remove(`device of ${dirname(place.device)}`);

  const second = await open(place);
  await expect(second.shell.call('gateway.start', {})).rejects.toMatchObject({ code: 'auth.device-lost' });
  const { problem } = await second.shell.call('gateway.status');
  expect(problem?.detail).toContain(id);
  expect(problem?.actions.map(({ label }) => label).join()).toContain(`move ${place.device} away`);
  expect(place.stored()).toEqual({ keptIn: 'keyring', id, gateways: expect.any(Array) });

  renameSync(place.device, `${place.device}.lost`);
  await approve(second.shell);
  expect(place.stored().id).not.toBe(id);
});

test('without a keyring the key stays in its file, and everybody can read why', async (context) => {
  needsSecretService(context);
  const session = await startSession();
  await session.endKeyring();
  const { gateway, approve } = await gatewayThatApproves();
  const place = home(session, gateway.url);
  const { shell, logText } = await open(place);
  await approve(shell);
  expect(place.stored()).toMatchObject({ privateKey: expect.any(String), noKeyring: expect.any(String) });
  await expect.poll(logText, patiently).toContain('The key of this device is kept in: file (no keyring: ');
});
