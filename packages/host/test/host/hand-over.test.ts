import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ControlClient, PipeEnds } from '@deskclaw/core';
import type { GatewayStatus, StartRequest } from '@deskclaw/protocol';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { gatewayFile, lives } from '../../../core/test/manager/builtin.ts';
import { connectHost, spawnHost } from '../../src/control/connect-host.ts';
import { type Host, startHost } from '../../src/host/host.ts';
import { findOrphan } from '../../src/profile/orphan.ts';
import { resolvePaths } from '../../src/profile/paths.ts';

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
let folder: string;
let env: Record<string, string>;
let host: Host;
const clients: ControlClient[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'deskclaw-hand-over-'));
  env = { DESKCLAW_HOME: folder, HOME: folder, PATH: process.env['PATH'] ?? '', DESKCLAW_PORT: '0' };
  host = await startHost({
    profile: 'test',
    env,
    kind: 'desktop',
    version: '9.9.9',
    builtinGateway: { file: gatewayFile },
  });
});

afterEach(async () => {
  for (const client of clients.splice(0)) {
    const successor = await client.call('host.info').catch(() => undefined);
    await client.call('host.shutdown', { force: true }).catch(() => undefined);
    await client.closed;
    // It writes its log until its end, and would make the folder again.
    while (successor !== undefined && lives(successor.pid)) await new Promise(setImmediate);
  }
  await host.shutdown({ force: true });
  const left = findOrphan({ name: 'test', env });
  if (left !== undefined) process.kill(left.pid, 'SIGKILL');
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
});

function successor(pipes: PipeEnds | undefined): Promise<ControlClient> {
  const command = [process.execPath, here('successor-host.ts'), gatewayFile] as const;
  const options = { profile: 'test', env };
  return pipes === undefined
    ? spawnHost({ ...options, command })
    : spawnHost({ ...options, command: [...command, 'inherits'], pipes });
}

async function start(request: StartRequest): Promise<GatewayStatus> {
  const client = host.client();
  await client.call('gateway.start', request);
  return client.call('gateway.status');
}

async function handOver(): Promise<ControlClient> {
  const client = await host.handOver(successor);
  if (client === undefined) throw new Error('there was nothing to hand over');
  clients.push(client);
  return client;
}

/** Resolves with the status once the gateway of this request runs; a repeated start joins the running one. */
async function runningWith(client: ControlClient, request: StartRequest): Promise<GatewayStatus> {
  await client.call('gateway.start', request);
  return client.call('gateway.status');
}

/** The numbers that the gateway printed on one stream, as the log file has them. */
function counted(word: 'tick' | 'tock'): readonly number[] {
  const text = readFileSync(join(resolvePaths({ name: 'test', env }).logs, 'gateway.log'), 'utf8');
  return [...text.matchAll(new RegExp(`gateway \\w+ ${word} (\\d+)$`, 'gmu'))].map(([, count]) => Number(count));
}

describe.skipIf(process.platform === 'win32')('a gateway handed over to another host', () => {
  test('a handed-over gateway stays the same process on the same port and is connected again', async () => {
    const before = await start({ gateway: 'builtin' });
    const client = await handOver();
    const after = await runningWith(client, { gateway: 'builtin' });
    expect(after).toMatchObject({
      state: 'running',
      pid: before.pid,
      port: before.port,
      ownership: 'owned',
      restarts: 0,
    });
    expect(await client.call('host.info')).toMatchObject({ kind: 'background' });
    const { records } = await client.call('timeline.query', {});
    expect(records.filter(({ what }) => what === 'exit')).toEqual([]);
    await expect(host.closed).resolves.toBeUndefined();
  });

  test('keeps its lifeline: it ends with its new host, not with the old one', async () => {
    const { pid = 0 } = await start({ gateway: 'builtin' });
    const client = await handOver();
    await runningWith(client, { gateway: 'builtin' });
    const { pid: hostPid } = await client.call('host.info');
    clients.splice(0);
    expect(lives(pid)).toBe(true);
    process.kill(hostPid, 'SIGKILL');
    await vi.waitUntil(() => !lives(pid), { timeout: 10_000 });
  });

  test('the new host logs the output of a handed-over gateway without a gap, up to its last line', async () => {
    const command = [process.execPath, here('ticking-program.ts'), gatewayFile, '--port', '{port}'];
    const { pid = 0 } = await start({ command });
    await vi.waitUntil(() => counted('tock').length > 5, { timeout: 10_000 });
    const client = await handOver();
    expect(await runningWith(client, { command })).toMatchObject({ pid });
    const seen = counted('tock').length;
    await vi.waitUntil(() => counted('tock').length > seen + 5, { timeout: 10_000 });
    await client.call('gateway.stop');
    expect(lives(pid)).toBe(false);
    for (const word of ['tick', 'tock'] as const) {
      const counts = counted(word);
      expect(counts).toEqual(counts.map((_count, index) => index + 1));
    }
  });

  test('the new host restarts a handed-over gateway that dies', async () => {
    const { pid = 0 } = await start({ gateway: 'builtin' });
    const client = await handOver();
    await runningWith(client, { gateway: 'builtin' });
    await client.subscribe(['gateway.status']);
    const back = new Promise<GatewayStatus>((resolve) => {
      client.on('gateway.status', (status) => {
        if (status.state === 'running' && status.pid !== pid) resolve(status);
      });
    });
    process.kill(pid, 'SIGKILL');
    expect(await back).toMatchObject({ restarts: 1 });
  });

  test('a gateway is adopted later when the host that it was handed to cannot start', async () => {
    const command = [process.execPath, here('ticking-program.ts'), gatewayFile, '--port', '{port}'];
    const { pid } = await start({ command });
    await expect(host.handOver(() => Promise.reject(new Error('no such program')))).rejects.toThrow('no such program');
    expect(findOrphan({ name: 'test', env })).toMatchObject({ pid });
  });

  test('handOver returns undefined and changes nothing when no gateway runs', async () => {
    const refuse = () => Promise.reject(new Error('not to be asked'));
    expect(await host.handOver(refuse)).toBeUndefined();
    const { pid } = await start({ gateway: 'builtin' });
    expect(await host.client().call('gateway.status')).toMatchObject({ state: 'running', pid });
    const found = await connectHost({ profile: 'test', env });
    expect(await found?.call('gateway.status')).toMatchObject({ pid });
    found?.close();
  });

  test('a gateway is handed over only once', async () => {
    await start({ gateway: 'builtin' });
    const [first, second] = await Promise.all([host.handOver(successor), host.handOver(successor)]);
    expect([first === undefined, second]).toEqual([false, undefined]);
    if (first !== undefined) clients.push(first);
  });
});
