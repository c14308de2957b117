import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Bench } from '../bench.ts';
import type { Check } from '../check.ts';
import { call, login, scopes } from '../handshake.ts';
import {
  type DeviceAuth,
  GatewayConnection,
  type GatewayConnectionOptions,
  nodeClock,
  nodeRandom,
  recordFile,
  StoredDevice,
  wsSockets,
} from '../ours.ts';
import { at } from '../wire.ts';
import { TOKEN } from '../workplace.ts';

const run = promisify(execFile);
const LIMIT_MS = 60_000;

/** A connection of one device to the shared gateway, with the problems of its attempts. */
class Visit implements AsyncDisposable {
  readonly connection: GatewayConnection;
  readonly problems: string[] = [];

  constructor(bench: Bench, device: DeviceAuth, options: Partial<GatewayConnectionOptions> = {}) {
    const { auth, ...rest } = options;
    this.connection = new GatewayConnection({
      url: `ws://127.0.0.1:${String(bench.gateway.port)}/`,
      socketFactory: wsSockets,
      dialect: 'openclaw',
      auth: { token: TOKEN, device, useDevice: 'always', ...auth },
      clock: nodeClock,
      random: nodeRandom,
      client: { platform: 'linux' },
      reconnect: { approvalEveryMs: 1_000, baseDelayMs: 100 },
      ...rest,
    });
    this.connection.on('ended', ({ failure }) => this.problems.push(failure.problem.code));
    this.connection.connect();
  }

  async until(what: string, holds: () => boolean): Promise<void> {
    for (const deadline = performance.now() + LIMIT_MS; !holds(); await sleep(20)) {
      if (performance.now() > deadline) throw new Error(`not within ${String(LIMIT_MS)} ms: ${what}; ${this.problems}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection.disconnect();
  }
}

function placeOf(bench: Bench, name: string): string {
  return join(bench.gateway.workplace.root, 'our-devices', `${name}.json`);
}
function deviceAt(path: string): StoredDevice {
  return new StoredDevice({ records: recordFile(path) });
}
async function tokensAt(path: string): Promise<readonly unknown[]> {
  const record: unknown = JSON.parse(await readFile(path, 'utf8'));
  const tokens = at(record, 'tokens');
  return typeof tokens === 'object' && tokens !== null ? Object.values(tokens) : [];
}
async function storedToken(path: string): Promise<unknown> {
  for (const deadline = performance.now() + LIMIT_MS; ; await sleep(20)) {
    const [token] = await tokensAt(path);
    if (token !== undefined) return token;
    if (performance.now() > deadline) throw new Error('no device token was kept');
  }
}

/** The oldest knows the older signature only, so its first answer is a refusal. */
function signatureTries(bench: Bench): readonly string[] {
  return bench.expect({ A: ['rpc.error'], B: [], C: [] });
}

export const deviceChecks: readonly Check[] = [
  {
    name: 'our device',
    fact: 'a new device with the token is approved at once over loopback, is given what it asks for, and a token of its own that is enough from then on',
    async run(bench) {
      const place = placeOf(bench, 'usual');
      {
        await using first = new Visit(bench, deviceAt(place));
        const session = await first.connection.whenReady();
        assert.deepEqual(session.scopes?.toSorted(), [...scopes].sort());
        assert.deepEqual(first.problems, signatureTries(bench));
        await storedToken(place);
      }
      // Woken from its file, and without the shared token.
      await using again = new Visit(bench, deviceAt(place), { auth: { token: 'not the shared token' } });
      const session = await again.connection.whenReady();
      assert.deepEqual(again.problems, signatureTries(bench));
      assert.equal(session.missingScopes, undefined);
      await again.connection.request('sessions.list', { limit: 1 });
      return undefined;
    },
  },
  {
    name: 'our device, badly signed',
    fact: 'both signatures are tried, once each, then the connection pauses',
    async run(bench) {
      const device = deviceAt(placeOf(bench, 'forger'));
      const forger: DeviceAuth = {
        key: async () => {
          const key = await device.key();
          return { ...key, sign: (text) => key.sign(`${text} `) };
        },
        tokenFor: () => Promise.resolve(undefined),
        storeToken: () => Promise.resolve(),
        forgetToken: () => Promise.resolve(),
      };
      await using visit = new Visit(bench, forger);
      await visit.until('paused', () => visit.connection.state.name === 'paused');
      assert.deepEqual(visit.problems, ['rpc.error', 'rpc.error']);
      assert.match(visit.connection.snapshot().problem?.detail ?? '', /device signature invalid/);
      return undefined;
    },
  },
  {
    name: 'our device, changed',
    fact: 'on another platform the device has to be approved again: by the command we show, with the same id, and then we reconnect without a user',
    // The oldest binds no platform.
    only: ['B', 'C'],
    async run(bench) {
      const { gateway } = bench;
      const place = placeOf(bench, 'moved');
      {
        await using before = new Visit(bench, deviceAt(place));
        await before.connection.whenReady();
      }
      await using moved = new Visit(bench, deviceAt(place), { client: { platform: 'darwin' } });
      await moved.until('paused', () => moved.connection.state.name === 'paused');
      const shown = moved.connection.snapshot().problem;
      assert.equal(shown?.code, 'auth.pairing-required');
      assert.match(shown.detail, /has changed since it was approved/);
      const command = shown.actions[0]?.command ?? '';
      await moved.until('three looks', () => moved.problems.length >= 3);
      await moved.until('paused', () => moved.connection.state.name === 'paused');
      assert.equal(moved.connection.snapshot().problem?.actions[0]?.command, command);
      const [program, ...words] = command.split(' ');
      assert.equal(program, 'openclaw');
      const [node = '', script = ''] = gateway.plan.command;
      const ready = new Promise((resolve) => moved.connection.once('ready', resolve));
      // As a person types it on the gateway's machine: the port is all that is not in its configuration.
      const env = { ...gateway.workplace.env, OPENCLAW_NO_RESPAWN: '1', OPENCLAW_GATEWAY_PORT: String(gateway.port) };
      await run(node, [script, ...words], { env, timeout: LIMIT_MS });
      await ready;
      assert.equal(moved.connection.session?.missingScopes, undefined);
      return command.replace(/[0-9a-f-]{36}/, 'ID');
    },
  },
  {
    name: 'our device, revoked',
    fact: 'a revoked token is forgotten, the shared one is tried once, and brings a new one',
    async run(bench) {
      const place = placeOf(bench, 'revoked');
      const device = deviceAt(place);
      {
        await using before = new Visit(bench, device);
        await before.connection.whenReady();
      }
      const token = await storedToken(place);
      const deviceId = (await device.key()).id;
      const { wire } = await login(bench.gateway.port);
      const revoked = await call(wire, 'device.token.revoke', { deviceId, role: 'operator' });
      assert.equal(revoked['ok'], true, JSON.stringify(revoked));
      wire.close();
      await using after = new Visit(bench, deviceAt(place));
      await after.connection.whenReady();
      assert.deepEqual(after.problems, [...signatureTries(bench), 'auth.device-revoked']);
      assert.notEqual(await storedToken(place), token);
      return undefined;
    },
  },
];
