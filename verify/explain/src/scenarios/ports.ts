import type { Scenario } from '../scenario.ts';
import { isRoot, runningState } from '../scenario.ts';
import { freePort, type Scene } from '../scene.ts';
import { attachToLiving, httpServer, listening, refusingServer, silentListener } from '../strangers.ts';

function startAt(scene: Scene, port: number): string {
  return `deskclaw start --port ${String(port)} ${scene.gatewayCommand()}`;
}

const own = process.pid;

/** What a person does who is told which program holds the port: ends it. */
function ended(scene: Scene): { readonly named: number; readonly act: () => unknown } {
  return { named: own, act: () => scene.restore() };
}

export const portScenarios: readonly Scenario[] = [
  {
    name: '06 port: plain HTTP server',
    inject: async (scene) => {
      const port = await httpServer(scene, (_request, response) => response.end('<html>hello</html>'));
      return { command: startAt(scene, port), names: [own, port], exit: 1, person: ended(scene) };
    },
  },
  {
    name: '07 port: silent TCP listener',
    inject: async (scene) => {
      const port = await silentListener(scene);
      return { command: startAt(scene, port), names: [own, port], exit: 1, person: ended(scene) };
    },
  },
  {
    name: '09 two hosts racing',
    inject: async (scene) => {
      const port = await freePort();
      const command = startAt(scene, port);
      return {
        command: `${command} & ${command}; wait`,
        names: [port],
        json: [runningState, port],
        exit: 0,
        withinMs: 4_000,
        noStep: true,
        story: 'untouched',
      };
    },
  },
  {
    name: '09b port of the gateway of another profile',
    inject: async (scene) => {
      const port = await freePort();
      await scene.must(startAt(scene, port));
      const pid = await scene.pidOf('gateway');
      const strangers = scene.processes();
      return {
        command: `deskclaw --profile b start --port ${String(port)} ${scene.gatewayCommand()}`,
        names: [port, pid, /default/],
        exit: 1,
        env: { DESKCLAW_PROFILE: 'b' },
        strangers,
      };
    },
  },
  {
    name: 'port taken between the check and the bind',
    inject: async (scene) => {
      // The program itself gives its port away before it binds it.
      const port = await freePort();
      const file = scene.script(
        'late',
        `const { createServer } = require('node:net');
         const { spawn } = require('node:child_process');
         const thief = createServer().listen(${String(port)}, '127.0.0.1', () => {
           const child = spawn('gw', process.argv.slice(2), { stdio: 'inherit' });
           child.on('exit', (code) => process.exit(code ?? 1));
         });`,
      );
      return {
        command: `deskclaw start --port ${String(port)} --command "${file} --port {port}"`,
        names: [port, /in use|EADDRINUSE/],
        exit: 1,
        person: { named: /port/, act: () => scene.write('bin/late', `#!/bin/sh\nexec gw "$@"\n`, 0o755) },
      };
    },
  },
  {
    name: 'port below 1024',
    ordinaryUser: true,
    unavailable: isRoot,
    inject: (scene) => ({
      command: startAt(scene, 81),
      names: [/\b81\b/, /EACCES|permission|1024/],
      exit: 78,
    }),
  },
  {
    name: 'port out of range',
    inject: (scene) => ({
      command: `deskclaw start --port 70000 ${scene.gatewayCommand()}`,
      names: ['70000', '65535'],
      exit: 2,
      story: 'untouched',
      isHealed: async (_scene, step) => step.code === 0,
      information: ['--port'],
    }),
  },
  {
    name: 'listens on IPv6 only',
    inject: async (scene) => {
      const port = await freePort();
      return {
        command: `deskclaw start --timeout 8 --port ${String(port)} --command "gw --host ::1 --port {port}"`,
        names: ['::1', port],
        exit: 6,
        // E12: within 5 s.
        withinMs: 5_500,
        limitMs: 20_000,
        person: { named: '{host}', act: () => scene.write('bin/gw', gwOnIpv4(scene), 0o755) },
      };
    },
  },
  {
    name: 'listens on another port',
    inject: async (scene) => {
      const [port, other] = [await freePort(), await freePort()];
      scene.write('bin/stubborn', `#!/bin/sh\nexec gw --port ${String(other)}\n`, 0o755);
      return {
        command: `deskclaw start --timeout 8 --port ${String(port)} --command "stubborn --port {port}"`,
        names: [other, port],
        exit: 6,
        withinMs: 5_500,
        limitMs: 20_000,
        person: { named: '{port}', act: () => scene.write('bin/stubborn', `#!/bin/sh\nexec gw "$@"\n`, 0o755) },
      };
    },
  },
  {
    name: 'host address of another machine',
    inject: async (scene) => {
      const port = await freePort();
      // 192.0.2.0/24 is for documentation: no machine has it.
      scene.writeSettings({ host: '192.0.2.7' });
      return {
        command: startAt(scene, port),
        names: ['192.0.2.7'],
        exit: 78,
        person: { named: /config\.json|host/, act: () => scene.writeSettings({}) },
      };
    },
  },
  {
    name: 'gateway answers 401 to HTTP',
    inject: async (scene) => {
      const port = await refusingServer(scene, 401, 'Unauthorized');
      scene.writeSettings({ mode: 'attach', url: `ws://127.0.0.1:${String(port)}/ws` });
      return {
        command: 'deskclaw start --timeout 8',
        names: ['401', port],
        exit: 4,
        limitMs: 40_000,
        person: { named: /token|password|header/i, act: () => attachToLiving(scene) },
        input: 'made-token-1\n',
      };
    },
  },
  {
    name: 'attach to a port that nobody serves',
    inject: async (scene) => {
      const port = await freePort();
      scene.writeSettings({ mode: 'attach', url: `ws://127.0.0.1:${String(port)}/ws` });
      return {
        command: 'deskclaw start --timeout 4',
        names: [port, /refuse|listens|ECONNREFUSED/],
        exit: 6,
        limitMs: 40_000,
        person: {
          named: port,
          act: async () => {
            scene.launch(`gw --port ${String(port)}`);
            await listening(port);
          },
        },
      };
    },
  },
  {
    name: '45 attach: no such name',
    inject: (scene) => {
      const url = 'ws://no-such-host-e99.invalid:4711/ws';
      scene.writeSettings({ mode: 'attach', url });
      return {
        command: 'deskclaw start --timeout 4',
        names: ['no-such-host-e99.invalid', /name|DNS|resolve|ENOTFOUND|EAI_AGAIN/],
        exit: 6,
        limitMs: 40_000,
        person: { named: /no-such-host-e99|url/, act: () => attachToLiving(scene) },
      };
    },
  },
  {
    name: '45b attach: no route',
    unavailable: isRoot,
    inject: (scene) => {
      // A network namespace without any network.
      scene.writeSettings({ mode: 'attach', url: 'ws://192.0.2.7:4711/ws' });
      return {
        command: 'unshare -n deskclaw start --timeout 4',
        names: ['192.0.2.7', 'ENETUNREACH'],
        exit: 6,
        limitMs: 40_000,
        person: { named: /192\.0\.2\.7|url/, act: () => attachToLiving(scene) },
        repeatable: false,
        isHealed: async (_scene, step) => step.code === 0,
      };
    },
  },
];

/** The gateway of a person who corrected its host. */
function gwOnIpv4(scene: Scene): string {
  return `#!/bin/sh\nshift 2\nexec '${process.execPath}' '${scene.gatewayFile}' "$@"\n`;
}
