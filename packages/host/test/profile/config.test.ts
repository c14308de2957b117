import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GatewayError } from '@deskclaw/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deviceKeysChoice, loadConfig } from '../../src/profile/config.ts';
import { loadOrCreateToken, tokenFromEnvironment } from '../../src/profile/secrets.ts';
import { configJsonSchema } from '../../src/profile/settings-schema.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deskclaw-config-'));
  path = join(folder, 'config.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function load(config: unknown, env: Record<string, string> = {}, profile = 'default') {
  writeFileSync(path, typeof config === 'string' ? config : JSON.stringify(config));
  return loadConfig(path, profile, env);
}
function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'config.invalid') return error.problem.detail;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('the configuration', () => {
  it('loadConfig returns empty settings when there is no file', () => {
    expect(loadConfig(path, 'default', {}).settings).toEqual({});
  });

  it('lets a profile overrule the top level, and the environment both', () => {
    const config = { port: 1, gateway: 'openclaw', stop: { graceMs: 9 }, profiles: { work: { port: 2 } } };
    expect(load(config).settings).toEqual({ port: 1, gateway: 'openclaw', stop: { graceMs: 9 } });
    expect(load(config, {}, 'work').settings).toMatchObject({ port: 2, gateway: 'openclaw' });
    expect(load(config, { DESKCLAW_PORT: '3', DESKCLAW_GATEWAY: 'builtin' }, 'work').settings).toMatchObject({
      port: 3,
      gateway: 'builtin',
    });
  });

  it('takes what another JSON-RPC server needs: path, headers, subprotocols, readiness, and no HTTP', () => {
    const config = {
      path: '/rpc?room=1',
      headers: { authorization: 'Bearer x', 'X-Room': 'a' },
      protocols: ['mcp'],
      ready: { method: 'ping', params: ['a'] },
      health: { http: false },
    };
    expect(load(config).settings).toEqual(config);
    for (const ready of ['auto', 'open', { method: 'ping', params: { a: 1 } }])
      expect(load({ ready }).settings).toEqual({ ready });
  });

  it('takes trusted users from the settings, and from the environment first', () => {
    const config = { trustUsers: ['guest', 1002], trustUnknownPeers: true };
    expect(load(config).settings).toEqual(config);
    expect(load(config, { DESKCLAW_TRUST_USERS: 'me, 1003' }).settings.trustUsers).toEqual(['me', '1003']);
    expect(load(config, { DESKCLAW_TRUST_USERS: '' }).settings.trustUsers).toEqual(['guest', 1002]);
    expect(load(config, { DESKCLAW_TRUST_UNKNOWN_PEERS: 'false' }).settings.trustUnknownPeers).toBe(false);
    expect(load({}, { DESKCLAW_TRUST_UNKNOWN_PEERS: 'true' }).settings).toEqual({ trustUnknownPeers: true });
  });

  it.each([
    ['{"port":', 'not JSON'],
    ['[]', 'object'],
    [{ port: '1' }, 'port'],
    [{ port: 65_536 }, 'port'],
    [{ deviceKeys: 'safe' }, 'deviceKeys'],
    [{ gateway: 'other' }, 'gateway'],
    [{ trustUsers: 'guest' }, 'trustUsers'],
    [{ trustUsers: [-1] }, 'trustUsers'],
    [{ trustUsers: [''] }, 'trustUsers'],
    [{ trustUnknownPeers: 'yes' }, 'trustUnknownPeers'],
    [{ command: [] }, 'command'],
    [{ command: 'openclaw gateway' }, 'command'],
    [{ url: 'http://x' }, 'url'],
    [{ reconnect: { baseDelayMs: -1 } }, 'reconnect.baseDelayMs'],
    [{ request: { maxInFlight: 0 } }, 'request.maxInFlight'],
    [{ request: { timeoutMs: 0 } }, 'request.timeoutMs'],
    [{ heartbeat: { timeoutMs: 0 } }, 'heartbeat.timeoutMs'],
    [{ path: 'ws://host/rpc' }, 'path'],
    [{ path: '/a b' }, 'path'],
    [{ healthPath: '/a#b' }, 'healthPath'],
    [{ headers: { 'a b': 'x' } }, 'headers'],
    [{ headers: { cookie: 'a\nb' } }, 'headers.cookie'],
    [{ headers: { cookie: 5 } }, 'headers.cookie'],
    [{ headers: { Upgrade: 'x' } }, 'headers.Upgrade'],
    [{ protocols: 'mcp' }, 'protocols'],
    [{ protocols: ['mcp', 'mcp'] }, 'protocols.1'],
    [{ ready: 'soon' }, 'ready'],
    [{ ready: { params: [] } }, 'ready'],
    [{ health: { http: 'no' } }, 'health.http'],
    [{ profiles: { work: { port: true } } }, 'profiles.work.port'],
  ])('%j is refused, naming the file and the place', (config, place) => {
    const detail = refusal(() => load(config));
    expect(detail).toContain(path);
    expect(detail).toContain(place);
    expect(detail).not.toMatch(/Invalid input$/);
  });

  it.each([
    [{ DESKCLAW_PORT: 'x' }, 'DESKCLAW_PORT'],
    [{ DESKCLAW_PORT: '70000' }, 'DESKCLAW_PORT'],
    [{ DESKCLAW_GATEWAY: 'x' }, 'DESKCLAW_GATEWAY'],
    [{ DESKCLAW_DEVICE_KEYS: 'x' }, 'DESKCLAW_DEVICE_KEYS'],
    [{ DESKCLAW_TRUST_UNKNOWN_PEERS: 'yes' }, 'DESKCLAW_TRUST_UNKNOWN_PEERS'],
  ])('%j is refused by name', (env, name) => {
    expect(refusal(() => load({}, env))).toContain(name);
  });

  it('warns of keys it does not know, and keeps the rest', () => {
    const { settings, warnings } = load({ potr: 1, port: 5 });
    expect(settings).toEqual({ port: 5 });
    expect(warnings.join()).toContain('"potr"');
  });

  it('a warning of an unknown key is one short line, whatever the key is', () => {
    const [warning = ''] = load({ [`a\n\u001b[2J${'b'.repeat(5_000)}`]: 1 }).warnings;
    expect(warning).toMatch(/unknown key "a b+ … \(\d+ more characters\)" is ignored$/);
  });

  it('loadConfig refuses an unreadable file with the reason', () => {
    rmSync(path, { force: true });
    expect(refusal(() => loadConfig(folder, 'default', {}))).toContain('cannot be read');
  });

  it('configJsonSchema names every setting', () => {
    expect(JSON.stringify(configJsonSchema())).toContain('"healthPath"');
  });
});

describe('the key of a device', () => {
  it.each([
    [{}, {}, 'keyring'],
    [{ deviceKeys: 'file' }, {}, 'file'],
    [{}, { DESKCLAW_DEVICE_KEYS: 'file' }, 'file'],
    [{ deviceKeys: 'file' }, { DESKCLAW_DEVICE_KEYS: 'keyring' }, 'keyring'],
    [{}, { DESKCLAW_HOME: '/somewhere' }, 'file'],
    [{ deviceKeys: 'keyring' }, { DESKCLAW_HOME: '/somewhere' }, 'keyring'],
    [{}, { DESKCLAW_HOME: '', DESKCLAW_DEVICE_KEYS: '' }, 'keyring'],
  ])('%j with %j belongs into the %s', (config, env, place) => {
    expect(deviceKeysChoice(load(config, { ...env }).settings, env)).toBe(place);
  });
});

describe('secrets', () => {
  it('a token of our own is made once, privately, and kept', () => {
    const file = join(folder, 'state', 'token');
    const first = loadOrCreateToken(file);
    expect(first.value.length).toBeGreaterThanOrEqual(40);
    expect(loadOrCreateToken(file)).toEqual(first);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8').trim()).toBe(first.value);
  });

  it('the user’s token is read from the file that is named, and the file is named where it fails', () => {
    const file = join(folder, 'mine');
    expect(tokenFromEnvironment({})).toBeUndefined();
    writeFileSync(file, 'abc\n');
    expect(tokenFromEnvironment({ DESKCLAW_TOKEN_FILE: file })).toEqual({ value: 'abc', source: file });
    writeFileSync(file, ' \n');
    expect(refusal(() => tokenFromEnvironment({ DESKCLAW_TOKEN_FILE: file }))).toContain('empty');
    chmodSync(file, 0o600);
    rmSync(file);
    expect(refusal(() => tokenFromEnvironment({ DESKCLAW_TOKEN_FILE: file }))).toContain(file);
  });
});
