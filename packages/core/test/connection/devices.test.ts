import type { Gateway, GatewayOptions } from '@deskclaw/gateway';
import { isObject } from '@deskclaw/protocol';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { GatewayConnection } from '../../src/connection/connection.ts';
import { DeviceUnavailable } from '../../src/connection/device-credentials.ts';
import type { GatewayConnectionOptions } from '../../src/connection/options.ts';
import { StoredDevice } from '../../src/connection/stored-device.ts';
import { GatewayError } from '../../src/errors/gateway-error.ts';
import type { RecordStore } from '../../src/ports/files.ts';
import { dial, dialReady, faults, serve } from './real.ts';

const token = 'the-shared-token';
const ui = { id: 'gateway-client', mode: 'ui' };

class Records implements RecordStore {
  text: string | undefined;
  load = async () => this.text;
  save = async (text: string) => {
    this.text = text;
  };
  clear = async () => {
    this.text = undefined;
  };
}

interface Tried {
  readonly connection: GatewayConnection;
  /** Every problem it met, in order. */
  readonly problems: string[];
}

function attempt(gateway: Gateway, records: RecordStore, options: Partial<GatewayConnectionOptions> = {}): Tried {
  const { auth, ...rest } = options;
  const device = new StoredDevice({ records });
  const connection = dial(gateway.url, {
    dialect: 'openclaw',
    auth: { token, device, useDevice: 'always', ...auth },
    ...rest,
  });
  const problems: string[] = [];
  connection.on('ended', ({ failure }) => problems.push(failure.problem.code));
  connection.connect();
  return { connection, problems };
}

async function letIn(...from: Parameters<typeof attempt>): Promise<Tried> {
  const tried = attempt(...from);
  await tried.connection.whenReady();
  return tried;
}

function openClaw(options: GatewayOptions = {}): Promise<Gateway> {
  return serve({ dialect: 'openclaw', token, ...options });
}

/** The gateway's owner, who needs no device. */
function owner(gateway: Gateway): Promise<GatewayConnection> {
  return dialReady(gateway.url, { dialect: 'openclaw', auth: { token } });
}

function storedTokens(records: Records): readonly unknown[] {
  const stored: unknown = JSON.parse(records.text ?? '{}');
  return isObject(stored) && isObject(stored['tokens']) ? Object.values(stored['tokens']) : [];
}

async function firstOf(
  asker: GatewayConnection,
  list: 'pending' | 'paired',
): Promise<Readonly<Record<string, unknown>>> {
  const found = await asker.request<string>('device.pair.list', {});
  const rows = isObject(found) ? found[list] : undefined;
  const [row] = Array.isArray(rows) ? rows : [];
  if (!isObject(row)) throw new Error(`nothing ${list}`);
  return row;
}

describe('a device with the shared token', () => {
  test('a device with the shared token is approved, gets every requested scope, and stores its token', async () => {
    const gateway = await openClaw();
    const records = new Records();
    const { connection, problems } = await letIn(gateway, records);
    expect(connection.session?.scopes).toContain('operator.admin');
    expect(connection.session?.missingScopes).toBeUndefined();
    expect(problems).toEqual([]);
    await expect.poll(() => storedTokens(records)).toHaveLength(1);
    expect(JSON.stringify(connection.snapshot())).not.toContain(String(storedTokens(records)[0]));
  });

  test('a device uses its own token from then on, even if the shared one changes or is missing', async () => {
    const gateway = await openClaw();
    const records = new Records();
    await letIn(gateway, records);
    await expect.poll(() => storedTokens(records)).toHaveLength(1);
    const wrong = await letIn(gateway, records, { auth: { token: 'no longer the shared token' } });
    expect(wrong.problems).toEqual([]);
    const device = new StoredDevice({ records });
    const alone = dial(gateway.url, { dialect: 'openclaw', auth: { device } });
    alone.connect();
    expect((await alone.whenReady()).scopes).toContain('operator.admin');
  });

  test('a device signs in the older way after one refusal, and remembers that', async () => {
    const gateway = await openClaw({ faults: faults('openclaw-protocol=3') });
    const { connection, problems } = await letIn(gateway, new Records());
    expect(connection.session?.protocol).toBe(3);
    expect(problems).toEqual(['rpc.error']);
    await gateway.restart(10);
    await expect.poll(() => connection.snapshot().counters.sessions).toBe(2);
    expect(problems.filter((code) => code === 'rpc.error')).toHaveLength(1);
  });

  test('the token that one gateway issued is never sent to another', async () => {
    const records = new Records();
    const one = await openClaw();
    await letIn(one, records);
    await expect.poll(() => storedTokens(records)).toHaveLength(1);
    const other = await openClaw({ token: 'another-token' });
    const { connection, problems } = attempt(other, records, { auth: { token: 'another-token' } });
    await connection.whenReady();
    // The wrong token would have been a refusal first.
    expect(problems).toEqual([]);
  });
});

describe('a token that was revoked', () => {
  async function revoked() {
    const gateway = await openClaw();
    const records = new Records();
    const { connection } = await letIn(gateway, records);
    await expect.poll(() => storedTokens(records)).toHaveLength(1);
    const [before] = storedTokens(records);
    await connection.disconnect();
    const asOwner = await owner(gateway);
    const { deviceId } = await firstOf(asOwner, 'paired');
    await asOwner.request<string>('device.token.revoke', { deviceId, role: 'operator' });
    return { gateway, records, before };
  }

  test('a revoked device token is removed, the shared token tried once, and the new token stored', async () => {
    const { gateway, records, before } = await revoked();
    const { problems } = await letIn(gateway, records);
    expect(problems).toEqual(['auth.device-revoked']);
    await expect.poll(() => storedTokens(records)).toHaveLength(1);
    expect(storedTokens(records)[0]).not.toBe(before);
  });

  test('a revoked device token pauses with the problem of the shared token when that is wrong too', async () => {
    const { gateway, records } = await revoked();
    const { connection, problems } = attempt(gateway, records, { auth: { token: 'wrong', tokenSource: 'this test' } });
    await expect(connection.whenReady()).rejects.toMatchObject({
      code: 'auth.token-mismatch',
      problem: { detail: expect.stringContaining('this test') },
    });
    expect(problems).toEqual(['auth.device-revoked', 'auth.token-mismatch']);
    expect(connection.state.name).toBe('paused');
  });

  test('a revoked device token without a shared one pauses with its own problem and is removed', async () => {
    const { gateway, records } = await revoked();
    const connection = dial(gateway.url, { dialect: 'openclaw', auth: { device: new StoredDevice({ records }) } });
    connection.connect();
    await expect(connection.whenReady()).rejects.toMatchObject({ code: 'auth.device-revoked' });
    await expect.poll(() => storedTokens(records)).toEqual([]);
  });
});

describe('a device that an owner has to approve', () => {
  const reconnect = { approvalEveryMs: 30, baseDelayMs: 20, maxDelayMs: 100 };

  test('a device that needs approval shows the command, stays paused, and connects once it is approved', async () => {
    const gateway = await openClaw({ faults: faults('device-approval') });
    const { connection, problems } = attempt(gateway, new Records(), { reconnect });
    await expect(connection.whenReady()).rejects.toMatchObject({ code: 'auth.pairing-required' });
    const asOwner = await owner(gateway);
    const { requestId } = await firstOf(asOwner, 'pending');
    const shown = connection.snapshot();
    expect(shown.problem?.detail).toContain('the gateway does not know this device yet');
    expect(shown.problem?.actions[0]?.command).toBe(`openclaw devices approve ${String(requestId)}`);
    // Each later attempt repeats the same pairing request.
    await expect.poll(() => problems.length).toBeGreaterThan(2);
    expect((await firstOf(asOwner, 'pending'))['requestId']).toBe(requestId);
    expect(new Set(problems)).toEqual(new Set(['auth.pairing-required']));
    const ready = new Promise((resolve) => connection.once('ready', resolve));
    await asOwner.request<string>('device.pair.approve', { requestId });
    await ready;
    expect(connection.session?.scopes).toContain('operator.admin');
  });

  test('a pairing problem says whether scopes or the description changed', async () => {
    const gateway = await openClaw();
    const records = new Records();
    await letIn(gateway, records, { client: { platform: 'linux' } });
    await expect.poll(() => storedTokens(records)).toHaveLength(1);
    const moved = attempt(gateway, records, { client: { platform: 'darwin' } });
    await expect(moved.connection.whenReady()).rejects.toMatchObject({
      code: 'auth.pairing-required',
      problem: { detail: expect.stringContaining('has changed') },
    });
    await moved.connection.disconnect();

    const strict = await openClaw({ faults: faults('device-approval') });
    const asOwner = await owner(strict);
    const others = new Records();
    const narrow = attempt(strict, others, { reconnect, scopes: ['operator.read'] });
    await expect.poll(() => narrow.connection.state.name).toBe('paused');
    const ready = new Promise((resolve) => narrow.connection.once('ready', resolve));
    const { requestId } = await firstOf(asOwner, 'pending');
    await asOwner.request<string>('device.pair.approve', { requestId });
    await ready;
    await narrow.connection.disconnect();
    const wide = attempt(strict, others, { reconnect, scopes: ['operator.read', 'operator.write'] });
    await expect(wide.connection.whenReady()).rejects.toMatchObject({
      problem: { detail: expect.stringContaining('more permissions') },
    });
  });

  test('a pairing problem of an old gateway without a reason still names the command', async () => {
    const gateway = await openClaw({ faults: faults('device-approval', 'openclaw-protocol=3') });
    const { connection } = attempt(gateway, new Records(), { reconnect });
    await expect.poll(() => connection.state.name).toBe('paused');
    const { requestId } = await firstOf(await owner(gateway), 'pending');
    expect(connection.snapshot().problem?.actions[0]?.command).toBe(`openclaw devices approve ${String(requestId)}`);
  });
});

describe('a gateway that lets programs in, and grants rights to devices alone', () => {
  const firm = (...more: readonly string[]) => openClaw({ faults: faults('device-scopes', ...more) });

  test('a gateway that grants scopes only to devices is dialled again at once as a device, and from then on first', async () => {
    const gateway = await firm();
    const records = new Records();
    const { connection, problems } = await letIn(gateway, records, { auth: { useDevice: 'when-asked' } });
    expect(problems).toEqual(['auth.scope-missing']);
    expect(connection.session?.missingScopes).toBeUndefined();
    // This method requires a scope.
    expect(await connection.request<string>('device.pair.list', {})).toMatchObject({ paired: [expect.anything()] });
    await expect.poll(() => storedTokens(records)).toHaveLength(1);

    const later = await letIn(gateway, records, { auth: { token: 'no longer', useDevice: 'when-asked' } });
    expect(later.problems).toEqual([]);
    expect(later.connection.session?.missingScopes).toBeUndefined();
  });

  test('a gateway that wants the device approved is reported as pairing required, not as scopes missing', async () => {
    const gateway = await firm('device-approval');
    const options = { auth: { useDevice: 'when-asked' as const } };
    const { connection, problems } = attempt(gateway, new Records(), options);
    await expect.poll(() => connection.state.name).toBe('paused');
    expect(problems).toEqual(['auth.scope-missing', 'auth.pairing-required']);
    expect(connection.snapshot().problem?.code).toBe('auth.pairing-required');
  });

  test('a connection without a device stays ready and reports the missing scopes', async () => {
    const gateway = await firm();
    const connection = dial(gateway.url, { dialect: 'openclaw', auth: { token } });
    const reported: string[] = [];
    connection.on('error', (error) => reported.push(error instanceof GatewayError ? error.code : String(error)));
    connection.connect();
    await connection.whenReady();
    expect(connection.session?.missingScopes).toContain('operator.admin');
    expect(reported).toEqual(['auth.scope-missing']);
  });
});

describe('a device that is at hand, and used only when asked for', () => {
  const whenAsked = (records: RecordStore) => new StoredDevice({ records });

  test('no device is created where the token alone is accepted', async () => {
    const records = new Records();
    const { problems } = await letIn(await openClaw(), records, { auth: { token, useDevice: 'when-asked' } });
    expect(problems).toEqual([]);
    expect(records.text).toBeUndefined();
  });

  test('no device is created for a JSON-RPC gateway', async () => {
    const records = new Records();
    const gateway = await serve({ dialect: 'jsonrpc', token });
    const { connection } = attempt(gateway, records, {
      dialect: 'auto',
      auth: { token: 'no', useDevice: 'when-asked' },
    });
    await expect(connection.whenReady()).rejects.toMatchObject({ code: 'auth.token-mismatch' });
    expect(records.text).toBeUndefined();
  });

  test('a device is tried when there is no secret; if that fails, the token is reported missing', async () => {
    const records = new Records();
    const connection = dial((await openClaw()).url, { dialect: 'openclaw', auth: { device: whenAsked(records) } });
    connection.connect();
    await expect(connection.whenReady()).rejects.toMatchObject({ code: 'auth.token-missing' });
    expect(records.text).toContain('privateKey');
  });

  test('a gateway that requires a device is reported when there is none', async () => {
    const connection = dial((await openClaw()).url, { dialect: 'openclaw' });
    connection.connect();
    await expect(connection.whenReady()).rejects.toMatchObject({ code: 'auth.token-missing' });
  });
});

test('an unreadable device store fails only a connection that must use the device', async () => {
  const broken: RecordStore = {
    load: () => Promise.reject(new Error('EACCES: permission denied')),
    save: () => Promise.reject(new Error('EACCES')),
    clear: () => Promise.reject(new Error('EACCES')),
  };
  const gateway = await openClaw();
  await letIn(gateway, broken, { auth: { useDevice: 'when-asked' } });
  const { connection, problems } = attempt(gateway, broken);
  onTestFinished(() => connection.disconnect());
  await expect.poll(() => problems[0]).toBe('auth.device-unusable');
  expect(connection.snapshot().problem?.detail).toContain('EACCES: permission denied.');
});

test('a locked keyring fails only a connection that must use the device, with a problem of its own', async () => {
  const withheld: RecordStore = {
    load: () => Promise.reject(new DeviceUnavailable({ kind: 'device-locked', cause: 'refused', reason: 'not now' })),
    save: () => Promise.reject(new Error('nothing to save')),
    clear: () => Promise.reject(new Error('nothing to clear')),
  };
  const gateway = await openClaw();
  await letIn(gateway, withheld, { auth: { useDevice: 'when-asked' } });
  const { connection } = attempt(gateway, withheld);
  await expect(connection.whenReady()).rejects.toMatchObject({ code: 'auth.device-locked' });
  expect(connection.state.name).toBe('paused');
  expect(connection.snapshot().problem?.detail).toContain('not now.');
});

test('a device is listed by the gateway as a client of mode ui', async () => {
  const gateway = await openClaw();
  const { connection } = await letIn(gateway, new Records());
  const present = await connection.request<string>('system-presence', {});
  expect(JSON.stringify(present)).toContain(ui.mode);
});
