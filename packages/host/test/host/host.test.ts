import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { GatewayError } from '@deskclaw/core';
import type { GatewayStatus } from '@deskclaw/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gatewayFile, lives } from '../../../core/test/manager/builtin.ts';
import { connectHost } from '../../src/control/connect-host.ts';
import { type Host, type HostOptions, startHost } from '../../src/host/host.ts';
import { type Paths, resolvePaths } from '../../src/profile/paths.ts';

let folder: string;
let env: Record<string, string>;
let paths: Paths;
let hosts: Host[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deskclaw-host-'));
  env = { DESKCLAW_HOME: folder, HOME: folder, PATH: '/nowhere' };
  paths = resolvePaths({ name: 'test', env });
  hosts = [];
});
afterEach(async () => {
  await Promise.all(hosts.map((host) => host.shutdown({ force: true })));
  rmSync(folder, { recursive: true, force: true });
});

async function open(over: Partial<HostOptions> = {}): Promise<Host> {
  const host = await startHost({
    profile: 'test',
    env,
    kind: 'foreground',
    version: '9.9.9',
    builtinGateway: { file: gatewayFile },
    ...over,
  });
  hosts.push(host);
  return host;
}
async function client() {
  const found = await connectHost({ profile: 'test', env });
  if (found === undefined) throw new Error('no host');
  return found;
}
async function failure(promise: Promise<unknown>): Promise<GatewayError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof GatewayError) return error;
  throw new Error(`expected a GatewayError, got ${String(error)}`);
}
const builtin = { gateway: 'builtin', port: 0 } as const;

describe('a host', () => {
  it('a host answers every client on its socket and identifies itself', async () => {
    await open();
    const shell = await client();
    expect(await shell.call('host.info')).toMatchObject({
      pid: process.pid,
      version: '9.9.9',
      profile: 'test',
      kind: 'foreground',
    });
    shell.close();
  });

  it('a client that follows the metrics gets them at once, and those who do not get none', async () => {
    await open();
    const [shell, other] = [await client(), await client()];
    const seen: unknown[] = [];
    other.on('metrics', (metrics) => seen.push(metrics));
    const arrived = new Promise((resolve) => {
      shell.on('metrics', resolve);
    });
    await other.subscribe(['health']);
    await shell.subscribe(['metrics']);
    expect(await arrived).toMatchObject({ state: 'stopped', host: { version: '9.9.9', clients: 2 }, incidents: 0 });
    expect(await shell.call('metrics.snapshot')).toMatchObject({ state: 'stopped' });
    expect(seen).toEqual([]);
  });

  it('profiles are listed, added, chosen and removed through a host, but not the one of a running host', async () => {
    const host = await open();
    const shell = host.client();
    expect(await shell.call('profiles.add', { name: 'lab', port: 18_791 })).toEqual({ added: true });
    expect(await shell.call('profiles.add', { name: 'lab' })).toEqual({ added: false });
    expect(await shell.call('profiles.use', { name: 'lab' })).toEqual({ selected: 'lab' });
    const { profiles } = await shell.call('profiles.list');
    expect(profiles).toEqual([
      { name: 'default', selected: false, hasSettings: false, hasState: false },
      { name: 'lab', selected: true, hasSettings: true, hasState: false },
      { name: 'test', selected: false, hasSettings: expect.any(Boolean), hasState: true },
    ]);
    expect(await shell.call('profiles.remove', { name: 'lab' })).toMatchObject({ wasSelected: true });
    expect((await failure(shell.call('profiles.remove', { name: 'test' }))).code).toBe('profile.in-use');
    expect((await failure(shell.call('profiles.use', { name: 'nosuch' }))).code).toBe('request.invalid');
    await expect(shell.call('profiles.add', { name: '../x' })).rejects.toThrow();
  });

  it('keeps its folders and files to their owner', async () => {
    const host = await open();
    const shell = host.client();
    await shell.call('gateway.start', builtin);
    await shell.call('gateway.stop');
    expect(statSync(dirname(paths.socket)).mode & 0o777).toBe(0o700);
    expect(statSync(paths.socket).mode & 0o777).toBe(0o600);
    await host.shutdown();
    for (const file of [paths.token, paths.journal, join(paths.logs, 'gateway.log')])
      expect(statSync(file).mode & 0o777, file).toBe(0o600);
  });

  it('a host is the only one of its profile; other profiles have their own', async () => {
    await open();
    const error = await failure(open());
    expect(error.code).toBe('state.locked');
    expect(error.problem.detail).toContain(String(process.pid));
    await open({ profile: 'second' });
  });

  it('leaves no socket and no lock, and the profile to the next', async () => {
    const host = await open();
    const shell = await client();
    await host.shutdown();
    await shell.closed;
    expect(existsSync(paths.socket)).toBe(false);
    expect(existsSync(paths.lock)).toBe(false);
    expect(await connectHost({ profile: 'test', env })).toBeUndefined();
    await open();
  });

  it('ends when a shell asks for it, with its gateway', async () => {
    const host = await open();
    const shell = await client();
    const { pid = 0 } = await shell.call('gateway.start', builtin);
    expect(lives(pid)).toBe(true);
    expect(await shell.call('host.shutdown')).toEqual({ stopping: true });
    await host.closed;
    expect(lives(pid)).toBe(false);
  });

  it('connectHost finds no host where none ever ran or where a dead one left its socket', async () => {
    expect(await connectHost({ profile: 'test', env })).toBeUndefined();
    mkdirSync(dirname(paths.socket), { recursive: true });
    writeFileSync(paths.socket, '');
    expect(await connectHost({ profile: 'test', env })).toBeUndefined();
    await open();
    (await client()).close();
  });

  it('does not start on a configuration that is wrong, and names the place', async () => {
    mkdirSync(dirname(paths.config), { recursive: true });
    writeFileSync(paths.config, '{"port":"high"}');
    const error = await failure(open());
    expect(error.code).toBe('config.invalid');
    expect(error.problem.detail).toContain(paths.config);
    expect(error.problem.detail).toContain('port');
    expect(existsSync(paths.lock)).toBe(false);
  });

  it('warns of settings it does not know, and goes on', async () => {
    mkdirSync(dirname(paths.config), { recursive: true });
    writeFileSync(paths.config, '{"potr":1}');
    const shell = (await open()).client();
    const { records } = await shell.call('logs.query', { level: 'warn' });
    expect(records.map((record) => record.text).join()).toContain('"potr"');
  });
});

describe('through the control API', () => {
  it('a gateway is started, asked, restarted and stopped, and every shell sees the same', async () => {
    await open();
    const [one, two] = await Promise.all([client(), client()]);
    const seen: GatewayStatus['state'][] = [];
    two.on('gateway.status', ({ state }) => seen.at(-1) !== state && seen.push(state));
    await two.subscribe(['gateway.status']);
    const started = await one.call('gateway.start', builtin);
    expect(await two.call('gateway.rpc', { method: 'system.health' })).toMatchObject({ ok: true });
    expect(await two.call('gateway.status')).toMatchObject({ state: 'running', pid: started.pid });
    const restarted = await two.call('gateway.restart');
    expect(restarted).toMatchObject({ outcome: 'applied', previousPid: started.pid });
    expect(await one.call('gateway.stop')).toMatchObject({ outcome: 'applied', previousPid: restarted.pid });
    await two.call('gateway.status');
    expect(seen).toEqual(['starting', 'running', 'stopping', 'starting', 'running', 'stopping', 'stopped']);
  });

  it('problems arrive whole, and the gateway’s own errors with code and data', async () => {
    await open();
    const shell = await client();
    const missing = await failure(shell.call('gateway.start', { gateway: 'openclaw' }));
    expect(missing.code).toBe('openclaw.not-installed');
    expect(missing.problem.actions.length).toBeGreaterThan(0);
    expect((await failure(shell.call('gateway.rpc', { method: 'system.health' }))).outcome).toBe('not-sent');
    await shell.call('gateway.start', builtin);
    const error = await failure(shell.call('gateway.rpc', { method: 'channels.get', params: { channelId: 'x' } }));
    expect(error).toMatchObject({ code: 'rpc.error', outcome: 'answered', rpc: { code: -32004 } });
  });

  it.each([
    ['gateway.start', { port: 'x' }, 'port'],
    ['gateway.start', { prot: 1 }, 'prot'],
    ['gateway.start', { port: 65_536 }, 'port'],
    ['gateway.start', { command: [] }, 'command'],
    ['gateway.rpc', { params: {} }, 'method'],
    ['gateway.rpc', undefined, ''],
    ['logs.query', { grep: '(' }, 'grep'],
    ['logs.query', { limit: -1 }, 'limit'],
    ['events.subscribe', { topics: ['nothing'] }, 'topics.0'],
  ])('%s with %j is refused with the path of the fault', async (method, params, path) => {
    const host = await open();
    const channel = host.channel();
    const answer = new Promise<string>((resolve) => channel.onFrame(resolve));
    channel.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method, ...(params === undefined ? {} : { params }) }));
    const reply: unknown = JSON.parse(await answer);
    expect(reply).toMatchObject({ id: 1, error: { code: -32602 } });
    expect(JSON.stringify(reply)).toContain(path);
    expect(JSON.stringify(reply)).not.toContain('Invalid input"');
  });

  it('malformed frames are answered or ignored, and harm nobody', async () => {
    await open();
    const raw = createConnection({ path: paths.socket });
    const answers = createInterface({ input: raw })[Symbol.asyncIterator]();
    for (const line of [
      'not json',
      '[]',
      '{"jsonrpc":"2.0","id":7,"method":"no.such"}',
      '"x"',
      '{"jsonrpc":"2.0","id":8,"result":1}',
    ])
      raw.write(`${line}\n`);
    const replies: unknown[] = [];
    for (let count = 0; count < 4; count += 1) replies.push(JSON.parse((await answers.next()).value ?? ''));
    expect(replies).toMatchObject([
      { id: null, error: { code: -32_700 } },
      { id: null, error: { code: -32_600 } },
      { id: 7, error: { code: -32_601 } },
      { id: null, error: { code: -32_600 } },
    ]);
    raw.destroy();
    const shell = await client();
    expect(await shell.call('gateway.status')).toMatchObject({ state: 'stopped' });
  });

  it('start with other settings than the running ones is refused, not ignored', async () => {
    await open();
    const shell = await client();
    await shell.call('gateway.start', builtin);
    expect(await shell.call('gateway.start', {})).toMatchObject({ outcome: 'joined' });
    expect((await failure(shell.call('gateway.start', { gateway: 'openclaw' }))).code).toBe(
      'gateway.running-differently',
    );
    expect((await failure(shell.call('gateway.start', { port: 1 }))).code).toBe('gateway.running-differently');
  });

  it('start that names the port it was given, or the gateway its settings name, is no other start', async () => {
    mkdirSync(dirname(paths.config), { recursive: true });
    writeFileSync(paths.config, JSON.stringify({ gateway: 'builtin', port: 0 }));
    await open();
    const shell = await client();
    await shell.call('gateway.start');
    const { port } = await shell.call('gateway.status');
    expect(port).toBeGreaterThan(0);
    expect(await shell.call('gateway.start', { gateway: 'builtin', port })).toMatchObject({ outcome: 'joined' });
    expect((await failure(shell.call('gateway.start', { gateway: 'openclaw' }))).code).toBe(
      'gateway.running-differently',
    );
  });

  it('a bare start after a stop runs what ran before', async () => {
    await open();
    const shell = await client();
    await shell.call('gateway.start', builtin);
    await shell.call('gateway.stop');
    await shell.call('gateway.start');
    expect(await shell.call('gateway.rpc', { method: 'system.health' })).toMatchObject({ ok: true });
  });

  it('the status names the program, and while stopped the program and port of the next start', async () => {
    await open();
    const shell = await client();
    const seen: GatewayStatus[] = [];
    shell.on('gateway.status', (status) => seen.push(status));
    await shell.subscribe(['gateway.status']);
    const program = 'built-in gateway 9.9.9';
    expect(await shell.call('gateway.status')).toMatchObject({ state: 'stopped', program: 'OpenClaw', port: 18_789 });
    await shell.call('gateway.start', builtin);
    expect(await shell.call('gateway.status')).toMatchObject({ state: 'running', program, health: 'ok' });
    await shell.call('gateway.stop');
    const next = { state: 'stopped', program, port: 0 };
    expect(await shell.call('gateway.status')).toMatchObject(next);
    expect(seen.at(-1)).toMatchObject(next);
  });

  it('a secret that a gateway prints is in none of its problems', async () => {
    await open();
    const shell = await client();
    // The command line of the test itself does not hold the text as a whole.
    const print = 'console.error("Authorization: Bearer abcdefgh" + "ijklmnop"); process.exit(78)';
    const error = await failure(shell.call('gateway.start', { command: [process.execPath, '-e', print], port: 0 }));
    expect(error.code).toBe('gateway.exited');
    expect(error.problem.detail).toContain('[redacted]');
    expect(error.problem.detail).not.toContain('abcdefghijklmnop');
  });

  it('a program that is not there is an error with its next steps, seen by all', async () => {
    await open();
    const shell = await client();
    expect((await failure(shell.call('gateway.start', { command: ['no-such-program'], port: 0 }))).code).toBe(
      'gateway.not-found',
    );
    expect(await shell.call('gateway.status')).toMatchObject({
      state: 'error',
      problem: { code: 'gateway.not-found' },
    });
  });

  it('what happened is found in the journal and the log, by this host and the next', async () => {
    const first = await open();
    const shell = first.client();
    const { pid } = await shell.call('gateway.start', builtin);
    await shell.call('gateway.stop');
    const { records } = await shell.call('timeline.query');
    expect(records.map((record) => record.what)).toEqual(
      expect.arrayContaining(['spawned', 'running', 'ready', 'exit', 'idle']),
    );
    await first.shutdown();
    const again = (await open()).client();
    const timeline = await again.call('timeline.query');
    expect(timeline.records.some((record) => record.what === 'spawned' && record.data?.['pid'] === pid)).toBe(true);
    expect((await failure(shell.call('logs.query'))).code).toBe('host.unreachable');
  });

  it('how long a start usually takes is told while one is under way, by this host and the next', async () => {
    const usual = async (host: Host) => {
      const seen: GatewayStatus[] = [];
      const shell = host.client();
      await shell.subscribe(['gateway.status']);
      shell.on('gateway.status', (status) => seen.push(status));
      await shell.call('gateway.start', builtin);
      expect((await shell.call('gateway.status')).usualBootMs).toBeUndefined();
      return seen.filter(({ state }) => state === 'starting').at(-1)?.usualBootMs;
    };
    const first = await open();
    expect(await usual(first)).toBeUndefined();
    await first.client().call('gateway.stop');
    const learnt = await usual(first);
    expect(learnt).toBeGreaterThan(0);
    await first.shutdown();
    // The quicker of two starts counts as the usual one, so the next host must know both.
    expect(await usual(await open())).toBeLessThanOrEqual(learnt ?? 0);
  });

  it('config.get masks the secret values of the settings', async () => {
    mkdirSync(dirname(paths.config), { recursive: true });
    const command = ['gw', '--token', 'canary-1', '--port', '{port}'];
    writeFileSync(paths.config, JSON.stringify({ env: { MODEL_KEY: 'canary-2' }, command, port: 1 }));
    const { config } = await (await open()).client().call('config.get');
    expect(config).toMatchObject({ env: { MODEL_KEY: '[redacted]' }, port: 1 });
    expect(JSON.stringify(config)).not.toContain('canary');
  });

  it('generated tokens appear in no journal, log, status or process list', async () => {
    const host = await open();
    const shell = host.client();
    const { pid = 0 } = await shell.call('gateway.start', builtin);
    const token = readFileSync(paths.token, 'utf8').trim();
    expect(token.length).toBeGreaterThan(20);
    const answers = await Promise.all([
      shell.call('gateway.status'),
      shell.call('logs.query'),
      shell.call('timeline.query'),
      shell.call('config.get'),
    ]);
    expect(JSON.stringify(answers)).not.toContain(token);
    if (process.platform === 'linux') {
      expect(readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8')).not.toContain(token);
    }
    await host.shutdown();
    for (const name of readdirSync(paths.logs))
      expect(readFileSync(join(paths.logs, name), 'utf8')).not.toContain(token);
    expect(readFileSync(paths.journal, 'utf8')).not.toContain(token);
  });
});

describe('a host that resumes an interrupted upgrade', () => {
  const end = { outcome: 'back', from: '1', to: '2', message: 'It was cut off.', at: 0 } as const;
  beforeEach(() => {
    env['DESKCLAW_GATEWAY'] = 'builtin';
    env['DESKCLAW_PORT'] = '0';
    mkdirSync(dirname(paths.upgradeJournal), { recursive: true });
    writeFileSync(paths.upgradeJournal, '{}');
  });

  it('starts no gateway afterwards if a stop was requested meanwhile', async () => {
    const mayEnd = Promise.withResolvers<void>();
    const host = await open({
      resumeUpgrade: async () => {
        await mayEnd.promise;
        rmSync(paths.upgradeJournal);
        return end;
      },
    });
    const shell = host.client();
    const start = failure(shell.call('gateway.start', {}));
    await shell.call('gateway.stop');
    mayEnd.resolve();
    expect(await start).toMatchObject({ code: 'aborted' });
    expect(await shell.call('gateway.status')).toMatchObject({ state: 'stopped', generation: 0 });
    expect(await shell.call('gateway.start', {})).toMatchObject({ outcome: 'applied' });
  });

  it('a named start that is taken back meanwhile begins nothing, and no other name is remembered', async () => {
    const mayEnd = Promise.withResolvers<void>();
    const host = await open({
      resumeUpgrade: async () => {
        await mayEnd.promise;
        rmSync(paths.upgradeJournal, { force: true });
        return end;
      },
    });
    const shell = host.client();
    const start = failure(shell.call('gateway.start', { startId: 'one' }));
    for (const startId of ['one', 'two'])
      expect(await shell.call('gateway.stop', { startId })).toMatchObject({ outcome: 'superseded' });
    mayEnd.resolve();
    expect(await start).toMatchObject({ code: 'aborted' });
    expect(await shell.call('gateway.status')).toMatchObject({ state: 'stopped' });
    expect(await shell.call('gateway.start', { startId: 'two' })).toMatchObject({ outcome: 'applied' });
  });

  it('a restart with the channels switched on waits until the upgrade is finished', async () => {
    rmSync(paths.upgradeJournal);
    mkdirSync(dirname(paths.recovery), { recursive: true });
    writeFileSync(paths.recovery, '{ "channelsOff": true }');
    let pidWhileResuming: number | undefined;
    const host = await open({
      resumeUpgrade: async () => {
        pidWhileResuming = (await host.client().call('gateway.status')).pid;
        rmSync(paths.upgradeJournal);
        return end;
      },
    });
    const shell = host.client();
    await shell.call('gateway.start', {});
    const { pid } = await shell.call('gateway.status');
    writeFileSync(paths.upgradeJournal, '{}');
    expect(await shell.call('gateway.recover', { channels: 'on' })).toMatchObject({ taken: true });
    expect(pidWhileResuming).toBe(pid);
    expect((await shell.call('gateway.status')).pid).not.toBe(pid);
  });

  it('the resumed upgrade cannot start a gateway that was stopped meanwhile', async () => {
    const mayStart = Promise.withResolvers<void>();
    const started = Promise.withResolvers<unknown>();
    const host = await open({
      resumeUpgrade: async (gateway) => {
        await mayStart.promise;
        started.resolve(gateway.start());
        await started.promise;
        return end;
      },
    });
    const shell = host.client();
    await shell.call('gateway.stop');
    mayStart.resolve();
    expect(await failure(started.promise)).toMatchObject({ code: 'aborted' });
    expect(await shell.call('gateway.status')).toMatchObject({ state: 'stopped', generation: 0 });
  });
});
