import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Scenario } from '../scenario.ts';
import { freePort, type Scene } from '../scene.ts';
import { listening } from '../strangers.ts';
import { tlsGateway } from '../tls-gateway.ts';

const TOKEN = 'right-token-0123456789';

/** A gateway that somebody else runs, and settings that attach to it. @returns its port. */
async function attachTo(scene: Scene, flags: string, settings: object = {}): Promise<number> {
  const port = await freePort();
  scene.launch(`gw --port ${String(port)} ${flags}`);
  await listening(port);
  scene.writeSettings({ mode: 'attach', url: `ws://127.0.0.1:${String(port)}/ws`, ...settings });
  return port;
}

function tokenFile(scene: Scene): string {
  return scene.write('home/right-token', `${TOKEN}\n`);
}

/** Replaces a program of the scenario by a gateway of OpenClaw's dialect on its port. */
async function replaceByGateway(scene: Scene, old: ChildProcess, port: number): Promise<void> {
  old.kill('SIGKILL');
  await once(old, 'exit');
  scene.launch(`gw --dialect openclaw --port ${String(port)}`);
  await listening(port);
}

export const loginScenarios: readonly Scenario[] = [
  {
    name: '16 wrong token',
    inject: async (scene) => {
      const wrong = scene.write('home/token', 'wrong-token-99\n');
      await attachTo(scene, `--token-file ${tokenFile(scene)}`);
      return {
        command: 'deskclaw start',
        env: { DESKCLAW_TOKEN_FILE: wrong },
        names: [wrong],
        exit: 4,
        person: { named: wrong, act: () => scene.write('home/token', `${TOKEN}\n`) },
      };
    },
  },
  {
    name: '17 no token',
    inject: async (scene) => {
      await attachTo(scene, `--token-file ${tokenFile(scene)}`);
      return {
        command: 'deskclaw start',
        names: [/token/],
        exit: 4,
        input: `${TOKEN}\n`,
      };
    },
  },
  {
    name: '16b wrong token, OpenClaw dialect',
    inject: async (scene) => {
      const wrong = scene.write('home/token', 'wrong-token-99\n');
      await attachTo(scene, `--dialect openclaw --token-file ${tokenFile(scene)}`);
      return {
        command: 'deskclaw start',
        env: { DESKCLAW_TOKEN_FILE: wrong },
        names: [wrong],
        exit: 4,
        person: { named: wrong, act: () => scene.write('home/token', `${TOKEN}\n`) },
      };
    },
  },
  {
    name: '19 pairing required',
    inject: async (scene) => {
      const port = await attachTo(
        scene,
        `--dialect openclaw --allow-faults --fault device-approval --token-file ${tokenFile(scene)}`,
        {
          auth: { device: 'always' },
        },
      );
      // Stands for the command of OpenClaw that runs where the gateway does.
      scene.script('openclaw', approver(port));
      return {
        command: 'deskclaw start',
        env: { DESKCLAW_TOKEN_FILE: scene.path('home', 'right-token') },
        names: [/pairing|approv/i, /openclaw devices (approve|list)/],
        exit: 4,
        person: { named: 'openclaw devices approve', act: () => scene.must('openclaw devices approve-all') },
        isHealed: async (in_, step) => {
          const env = { DESKCLAW_TOKEN_FILE: in_.path('home', 'right-token') };
          return step.code === 0 && (await in_.type('deskclaw start', { env })).code === 0;
        },
      };
    },
  },
  {
    name: '20 gateway is older than the protocol',
    inject: async (scene) => {
      const { port, server } = await attachToProtocol(scene, 1);
      return {
        command: 'deskclaw start',
        names: [/(?<![\d.])1(?![\d.])/, /3 to 4/],
        exit: 1,
        information: [ownVersion],
        person: { named: /gateway/, act: () => replaceByGateway(scene, server, port) },
      };
    },
  },
  {
    name: '20b gateway is newer than the protocol',
    inject: async (scene) => {
      const { port, server } = await attachToProtocol(scene, 9);
      return {
        command: 'deskclaw start',
        names: [/(?<![\d.])9(?![\d.])/, /3 to 4/],
        exit: 1,
        information: [ownVersion],
        // There is no newer DeskClaw: an older gateway stands for it.
        person: { named: /DeskClaw/, act: () => replaceByGateway(scene, server, port) },
      };
    },
  },
  {
    name: '45c attach: certificate made by itself',
    inject: async (scene) => {
      const { port, authority, fingerprint } = await tlsGateway(scene, true);
      scene.writeSettings({ mode: 'attach', url: `wss://127.0.0.1:${String(port)}/ws` });
      return {
        command: 'deskclaw start --timeout 5',
        names: [/self[- ]signed/i, port],
        exit: 1,
        limitMs: 30_000,
        promises: [{ step: /openssl x509/, shows: [fingerprint, '127.0.0.1'] }],
        person: {
          named: 'deskclaw-gateway.pem',
          act: () => copyFileSync(authority, scene.path('home', 'deskclaw-gateway.pem')),
        },
      };
    },
  },
  {
    name: 'attach: certificate expired',
    inject: async (scene) => {
      const { port, authority, fingerprint, renew } = await tlsGateway(scene, false);
      scene.writeSettings({ mode: 'attach', url: `wss://127.0.0.1:${String(port)}/ws` });
      return {
        command: 'deskclaw start --timeout 5',
        names: [/expired/i, port],
        exit: 1,
        limitMs: 30_000,
        env: { NODE_EXTRA_CA_CERTS: authority },
        promises: [{ step: /openssl x509/, shows: [fingerprint, /notAfter=.*2020/] }],
        person: { named: /certificate/, act: renew },
      };
    },
  },
  {
    name: 'gateway asks with TLS where none is spoken',
    inject: async (scene) => {
      const port = await freePort();
      scene.launch(`gw --port ${String(port)}`);
      await listening(port);
      scene.writeSettings({ mode: 'attach', url: `wss://127.0.0.1:${String(port)}/ws` });
      return {
        command: 'deskclaw start --timeout 5',
        names: [/TLS|SSL|wss/i, port],
        exit: 6,
        limitMs: 30_000,
        isHealed: async (_scene, step) => step.code === 0,
        person: {
          named: /ws:\/\/|url/,
          act: () => scene.writeSettings({ mode: 'attach', url: `ws://127.0.0.1:${String(port)}/ws` }),
        },
      };
    },
  },
];

const ownVersion = String(
  (
    JSON.parse(readFileSync(join(import.meta.dirname, '../../../../apps/cli/package.json'), 'utf8')) as {
      version: string;
    }
  ).version,
);

/** Attaches to a gateway of that protocol version. */
async function attachToProtocol(
  scene: Scene,
  version: number,
): Promise<{ readonly port: number; readonly server: ChildProcess }> {
  const port = await freePort();
  const server = scene.launch(`${scene.script('other', protocolServer(version))} ${String(port)}`);
  await listening(port);
  scene.writeSettings({ mode: 'attach', dialect: 'openclaw', url: `ws://127.0.0.1:${String(port)}/` });
  return { port, server };
}

const webSocketModule = JSON.stringify(import.meta.resolve('ws').replace('file://', ''));

/** `openclaw devices approve ID` of a person at the gateway; `approve-all` approves what is pending. */
function approver(port: number): string {
  return `const { WebSocket } = require(${webSocketModule});
const [, , , verb, id] = process.argv;
const socket = new WebSocket('ws://127.0.0.1:${String(port)}/');
const send = (id, method, params) => socket.send(JSON.stringify({ type: 'req', id, method, params }));
const client = { id: 'cli', version: '1', platform: 'linux', mode: 'cli' };
const scopes = ['operator.read', 'operator.write', 'operator.pairing', 'operator.admin'];
const approve = (requestId) => send('approve', 'device.pair.approve', { requestId });
socket.on('message', (data) => {
  const frame = JSON.parse(data);
  if (frame.event === 'connect.challenge')
    send('connect', 'connect', { minProtocol: 3, maxProtocol: 4, client, scopes, auth: { token: ${JSON.stringify(TOKEN)} } });
  if (frame.ok === false) { console.error(JSON.stringify(frame.error)); process.exit(1); }
  if (frame.id === 'connect') verb === 'approve' ? approve(id) : send('list', 'device.pair.list', {});
  if (frame.id === 'list') approve((frame.payload.pending[0] ?? {}).requestId);
  if (frame.id === 'approve') { console.log('approved'); process.exit(0); }
});
socket.on('error', (error) => { console.error(error.message); process.exit(1); });`;
}

/** A gateway of OpenClaw's dialect that speaks one protocol version only: the challenge, and a refusal of every login. */
function protocolServer(version: number): string {
  const details = `{ code: 'PROTOCOL_MISMATCH', expectedProtocol: ${String(version)} }`;
  return `const { WebSocketServer } = require(${webSocketModule});
new WebSocketServer({ port: Number(process.argv[2]), host: '127.0.0.1' }).on('connection', (socket) => {
  socket.send(JSON.stringify({ type: 'event', event: 'connect.challenge', payload: { nonce: 'n', ts: Date.now() } }));
  socket.on('message', (data) => {
    const { id } = JSON.parse(data);
    const error = { code: 'INVALID_REQUEST', message: 'protocol mismatch', details: ${details} };
    socket.send(JSON.stringify({ type: 'res', id, ok: false, error }));
    socket.close(1002, 'protocol mismatch');
  });
});`;
}
