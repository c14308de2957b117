import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import type { Scenario } from '../scenario.ts';
import { freePort, type Scene } from '../scene.ts';
import { listening } from '../strangers.ts';

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

/** In place of a renewed certificate: a gateway without one. */
async function attachElsewhere(scene: Scene): Promise<void> {
  const port = await freePort();
  scene.launch(`gw --port ${String(port)}`);
  await listening(port);
  scene.writeSettings({ mode: 'attach', url: `ws://127.0.0.1:${String(port)}/ws` });
}

/** An HTTPS server with a certificate that it made for itself. @returns its port. */
async function selfSigned(scene: Scene, isValid: boolean): Promise<number> {
  const [key, certificate] = [scene.path('tmp', 'key.pem'), scene.path('tmp', 'certificate.pem')];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const made = ['req', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, ...subject];
  const run = (words: readonly string[]) => execFileSync('openssl', words, { stdio: 'pipe', cwd: scene.path('tmp') });
  if (isValid) run([...made, '-x509', '-days', '30', '-out', certificate]);
  else {
    const names = ['database = index.txt', 'serial = serial', 'new_certs_dir = .', 'default_md = sha256', 'policy = p'];
    const config = [
      '[ca]',
      'default_ca = c',
      '[c]',
      ...names,
      'copy_extensions = copy',
      '[p]',
      'commonName = supplied',
    ];
    scene.write('tmp/ca.cnf', `${config.join('\n')}\n`);
    scene.write('tmp/index.txt', '');
    scene.write('tmp/serial', '01\n');
    run([...made, '-out', 'request.pem']);
    const dates = ['-startdate', '20200101000000Z', '-enddate', '20200201000000Z'];
    run([
      'ca',
      '-batch',
      '-config',
      'ca.cnf',
      '-selfsign',
      '-keyfile',
      key,
      '-in',
      'request.pem',
      '-out',
      certificate,
      ...dates,
    ]);
  }
  const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) });
  const sockets = new WebSocketServer({ server });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  scene.afterwards(() => {
    for (const socket of sockets.clients) socket.terminate();
    server.close();
  });
  return (server.address() as AddressInfo).port;
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
      await attachTo(
        scene,
        `--dialect openclaw --allow-faults --fault device-approval --token-file ${tokenFile(scene)}`,
        {
          auth: { device: 'always' },
        },
      );
      // Stands for the command of OpenClaw that runs where the gateway does.
      scene.write('bin/openclaw', '#!/bin/sh\necho "$@" >> "$HOME/openclaw-calls"\necho "approved: $3"\n', 0o755);
      return {
        command: 'deskclaw start',
        env: { DESKCLAW_TOKEN_FILE: scene.path('home', 'right-token') },
        names: [/pairing|approv/i, /openclaw devices (approve|list)/],
        exit: 4,
        isHealed: async (_scene, step) => /approved: \S|pairing|approv/i.test(step.text),
        information: ['approved'],
      };
    },
  },
  {
    name: '20 gateway is older than the protocol',
    inject: async (scene) => {
      const port = await freePort();
      const file = scene.script('old', protocolServer(1));
      scene.launch(`${file} ${String(port)}`);
      await listening(port);
      scene.writeSettings({ mode: 'attach', dialect: 'openclaw', url: `ws://127.0.0.1:${String(port)}/` });
      return {
        command: 'deskclaw start',
        names: [/\b1\b/, /3 to 4/, /older|upgrade/i],
        exit: 1,
        isHealed: async (_scene, step) => /not|only|upgrade/i.test(step.text),
      };
    },
  },
  {
    name: '20b gateway is newer than the protocol',
    inject: async (scene) => {
      const port = await freePort();
      const file = scene.script('new', protocolServer(9));
      scene.launch(`${file} ${String(port)}`);
      await listening(port);
      scene.writeSettings({ mode: 'attach', dialect: 'openclaw', url: `ws://127.0.0.1:${String(port)}/` });
      return {
        command: 'deskclaw start',
        names: [/\b9\b/, /3 to 4/, /newer|update/i],
        exit: 1,
        information: [/deskclaw \d/],
        isHealed: async (_scene, step) => /Update/.test(step.text),
      };
    },
  },
  {
    name: '45c attach: certificate made by itself',
    inject: async (scene) => {
      const port = await selfSigned(scene, true);
      scene.writeSettings({ mode: 'attach', url: `wss://127.0.0.1:${String(port)}/ws` });
      return {
        command: 'deskclaw start --timeout 5',
        names: [/self[- ]signed|certificate/i, port],
        exit: 1,
        limitMs: 30_000,
        isHealed: async (_scene, step) => step.code !== 4 || /BEGIN CERTIFICATE|subject/.test(step.text),
        information: ['127.0.0.1'],
      };
    },
  },
  {
    name: 'attach: certificate expired',
    inject: async (scene) => {
      const port = await selfSigned(scene, false);
      scene.writeSettings({ mode: 'attach', url: `wss://127.0.0.1:${String(port)}/ws` });
      return {
        command: 'deskclaw start --timeout 5',
        names: [/expired/i, port],
        exit: 1,
        limitMs: 30_000,
        env: { NODE_EXTRA_CA_CERTS: scene.path('tmp', 'certificate.pem') },
        information: ['2020'],
        person: { named: /[Rr]enew/, act: () => attachElsewhere(scene) },
        isHealed: async (_scene, step) => step.code === 0 || /notAfter=.*2020/.test(step.text),
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

/** A gateway of OpenClaw's dialect that speaks one protocol version only: the challenge, and a refusal of every login. */
function protocolServer(version: number): string {
  const details = `{ code: 'PROTOCOL_MISMATCH', expectedProtocol: ${String(version)} }`;
  return `const { WebSocketServer } = require(${JSON.stringify(import.meta.resolve('ws').replace('file://', ''))});
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
