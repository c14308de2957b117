import { startModelServer } from '../../../../packages/gateway/test/model-server.ts';
import type { Fault, Scenario } from '../scenario.ts';
import { freePort, type Scene } from '../scene.ts';
import { refusingServer, silentListener } from '../strangers.ts';

/** A request to a gateway that runs well, except for the fault. */
function request(name: string, faults: readonly string[], fault: (scene: Scene) => Omit<Fault, 'story'>): Scenario {
  return {
    name,
    inject: async (scene) => {
      const port = await freePort();
      await scene.must(`deskclaw start --port ${String(port)} ${scene.gatewayCommand(...faults)}`);
      return { story: 'untouched', ...fault(scene) };
    },
  };
}

const answered = { isHealed: async (_scene: Scene, step: { readonly code: number | null }) => step.code === 0 };

/** A chat whose model is at fault. */
function chat(
  name: string,
  model: (scene: Scene) => Promise<number>,
  names: Fault['names'],
  more: Partial<Fault> = {},
): Scenario {
  return {
    name,
    inject: async (scene) => {
      const [port, modelPort] = [await freePort(), await model(scene)];
      const url = `http://127.0.0.1:${String(modelPort)}/v1`;
      await scene.must(
        `deskclaw start --port ${String(port)} --command "gw --port {port} --model-url ${url} --model made-up"`,
      );
      return {
        command: 'deskclaw chat hello',
        names: [...names, modelPort],
        exit: 7,
        story: 'untouched',
        limitMs: 60_000,
        // In its place comes a server that answers.
        person: {
          named: /model server/,
          act: async () => {
            await scene.restore();
            const server = await startModelServer({ port: modelPort });
            scene.afterwards(() => server.close());
          },
        },
        isHealed: async (_scene, step) => step.code === 0,
        ...more,
      };
    },
  };
}

export const requestScenarios: readonly Scenario[] = [
  request('43 call: no such method', [], () => ({
    command: 'deskclaw call no.such.method',
    names: ['no.such.method'],
    exit: 7,
    information: ['system.health'],
    ...answered,
  })),
  request('43b call: parameters are not JSON', [], () => ({
    command: `deskclaw call system.health '{"a": tru}'`,
    names: [/position 9|column 10|column 7|column/, '{"a": tru}'],
    exit: 2,
    information: ['JSON'],
    ...answered,
  })),
  {
    name: '43c call: no answer in time',
    inject: async (scene) => {
      const port = await freePort();
      scene.writeSettings({ ready: 'open' });
      await scene.must(`deskclaw start --port ${String(port)} ${scene.gatewayCommand('drop-replies')}`);
      return {
        command: 'deskclaw call chat.history --timeout 1',
        names: ['chat.history', /\b1 s/],
        exit: 6,
        existedAt: (typedAt) => typedAt + 1_000,
        information: [port],
        isHealed: async (_scene, step) => step.code === 0,
        limitMs: 20_000,
        story: 'untouched',
      };
    },
  },
  {
    name: '43e call: answered later than the limit',
    inject: async (scene) => {
      const port = await freePort();
      scene.writeSettings({ ready: 'open' });
      await scene.must(`deskclaw start --port ${String(port)} ${scene.gatewayCommand('slow-reply=2000')}`);
      return {
        command: 'deskclaw call system.health --timeout 1',
        names: ['system.health', /\b1 s/],
        exit: 6,
        existedAt: (typedAt) => typedAt + 1_000,
        information: [port],
        isHealed: async (_scene, step) => step.code === 0,
        limitMs: 20_000,
        story: 'untouched',
      };
    },
  },
  {
    name: '43d call: while nothing runs',
    inject: (scene) => {
      scene.writeSettings({ command: ['gw', '--port', '{port}'], port: 0 });
      return {
        command: 'deskclaw call system.health',
        names: [/not running|no .*host/i],
        exit: 3,
        story: 'untouched',
        isHealed: async (_scene, step) => step.code === 0,
      };
    },
  },
  {
    name: 'call: while the gateway is being brought back',
    inject: async (scene) => {
      const port = await freePort();
      const file = scene.write(
        'bin/slow',
        `#!/bin/sh\nif [ -e "$HOME/booted" ]; then sleep 3; fi\ntouch "$HOME/booted"\nexec gw "$@"\n`,
        0o755,
      );
      await scene.must(`deskclaw start --port ${String(port)} --command "${file} --port {port}"`);
      process.kill(await scene.pidOf('gateway'), 'SIGKILL');
      return {
        command: 'sleep 0.3; deskclaw call system.health',
        names: ['SIGKILL'],
        exit: 0,
        noStep: true,
        withinMs: 1_500,
        story: [/SIGKILL/],
        repeatable: false,
      };
    },
  },
  {
    name: 'call --no-wait: while the gateway is being brought back',
    inject: async (scene) => {
      const port = await freePort();
      const file = scene.write(
        'bin/slow',
        `#!/bin/sh\nif [ -e "$HOME/booted" ]; then sleep 8; fi\ntouch "$HOME/booted"\nexec gw "$@"\n`,
        0o755,
      );
      await scene.must(`deskclaw start --port ${String(port)} --command "${file} --port {port}"`);
      process.kill(await scene.pidOf('gateway'), 'SIGKILL');
      return {
        command: 'sleep 0.3; deskclaw call --no-wait system.health',
        names: ['SIGKILL'],
        exit: 3,
        withinMs: 1_500,
        story: [/SIGKILL/],
        repeatable: false,
        information: ['SIGKILL'],
      };
    },
  },
  {
    name: 'gateway answers a call with more than is received',
    inject: async (scene) => {
      const port = await freePort();
      const file = scene.script('big', bigAnswer);
      await scene.must(`deskclaw start --port ${String(port)} --command "${file} {port}"`);
      return {
        command: 'deskclaw call big',
        names: [/larger|too large|payload|bytes|MB|MiB/i, 'big'],
        exit: 1,
        limitMs: 60_000,
        withinMs: 8_000,
        story: [/larger|too large|payload|1009|MiB/i],
        untold: { status: 'it is connected again', 'status --json': 'it is connected again' },
        repeatable: false,
        isHealed: async (_scene, step) => step.code === 0,
      };
    },
  },
  chat('44 chat: model server is down', freePort, [/refuse|ECONNREFUSED/i]),
  chat('44b chat: model server answers 401', (scene) => refusingServer(scene, 401, 'Unauthorized'), ['401']),
  chat('chat: model server answers 429', (scene) => refusingServer(scene, 429, 'Too Many Requests'), ['429']),
  chat('44c chat: model server hangs', (scene) => silentListener(scene), [/no (reply|answer|word)|waiting/i], {
    limitMs: 30_000,
    // The command waits as long as the model may think: it is ended by the test.
    exit: 130,
    command: 'timeout --preserve-status -s INT 14 deskclaw chat hello',
    // Silence of ten seconds is told.
    withinMs: 11_500,
    noStep: true,
    repeatable: false,
    names: [/no (reply|answer|word)|waiting/i],
  }),
];

const bigAnswer = `const { WebSocketServer } = require(${JSON.stringify(import.meta.resolve('ws').replace('file://', ''))});
new WebSocketServer({ port: Number(process.argv[2]), host: '127.0.0.1' }).on('connection', (socket) => {
  socket.on('message', (data) => {
    const { id, method } = JSON.parse(data);
    if (id === undefined) return;
    const result = method === 'big' ? 'x'.repeat(40e6) : { ok: true };
    socket.send(JSON.stringify({ jsonrpc: '2.0', id, result }));
  });
});`;
