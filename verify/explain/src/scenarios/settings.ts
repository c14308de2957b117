import { chmodSync, rmSync, symlinkSync } from 'node:fs';
import { type Fault, runningState, type Scenario } from '../scenario.ts';
import { freePort, type Scene } from '../scene.ts';

const settingsFile = (scene: Scene): string => scene.path('desk', 'config', 'config.json');

/** A start with a settings file that is at fault; a person corrects it. */
function faulty(
  name: string,
  content: (port: number) => string | Uint8Array,
  names: Fault['names'],
  more: Partial<Fault> = {},
): Scenario {
  return {
    name,
    inject: async (scene) => {
      const port = await freePort();
      const path = scene.write('desk/config/config.json', content(port));
      return {
        command: `deskclaw start --port ${String(port)} ${scene.gatewayCommand()}`,
        names: [...names, path],
        exit: 78,
        person: { named: path, act: () => scene.writeSettings({}) },
        ...more,
      };
    },
  };
}

function utf16(text: string): Uint8Array {
  return Buffer.from(`\ufeff${text}`, 'utf16le');
}

export const settingsScenarios: readonly Scenario[] = [
  faulty('10 config.json not JSON', () => '{bad json}\n', [/line 1|position 1|column 2/]),
  faulty('config.json cut off', () => '{ "port": 4711, "mode": "auto"', [/end|line 1|column 31/]),
  faulty('config.json is empty', () => '', [/empty|end/]),
  faulty('config.json is a list', () => '[]\n', [/object/i]),
  faulty('config.json of binary zeros', () => new Uint8Array(64), [/UTF-8/]),
  {
    name: '11 config.json unknown key',
    inject: async (scene) => {
      const port = await freePort();
      scene.writeSettings({ prot: port });
      return {
        command: `deskclaw start --port 0 ${scene.gatewayCommand()}`,
        names: ['"prot"', '"port"'],
        exit: 0,
        withinMs: 2_500,
        untold: { history: 'nothing failed', why: 'nothing failed' },
        noStep: true,
        repeatable: false,
      };
    },
  },
  faulty('12 config.json wrong type', () => '{ "port": "39051", "startup": { "timeoutMs": "60000" } }\n', [
    '39051',
    'startup.timeoutMs',
    /number/,
  ]),
  faulty('config.json value out of range', () => '{ "port": 99999 }\n', ['99999', 'port']),
  {
    name: 'config.json with a byte order mark',
    inject: async (scene) => {
      const port = await freePort();
      scene.writeSettings(`\ufeff{ "port": ${String(port)} }\n`);
      return {
        command: `deskclaw start ${scene.gatewayCommand()}`,
        names: [port],
        json: [runningState, port],
        exit: 0,
        withinMs: 2_500,
        noStep: true,
        story: 'untouched',
      };
    },
  },
  {
    name: 'config.json in UTF-16',
    inject: async (scene) => {
      const port = await freePort();
      scene.write('desk/config/config.json', utf16(`{ "port": ${String(port)} }\n`));
      return {
        command: `deskclaw start ${scene.gatewayCommand()}`,
        names: [port],
        json: [runningState, port],
        exit: 0,
        withinMs: 2_500,
        noStep: true,
        story: 'untouched',
      };
    },
  },
  {
    name: 'config.json is a folder',
    inject: async (scene) => {
      const path = scene.makeFolder('desk/config/config.json');
      return {
        command: `deskclaw start --port 0 ${scene.gatewayCommand()}`,
        names: [path, /folder|directory/],
        exit: 78,
        person: { named: path, act: () => rmSync(path, { recursive: true }) },
      };
    },
  },
  {
    name: 'config.json may not be read',
    ordinaryUser: true,
    inject: async (scene) => {
      const path = scene.writeSettings({});
      chmodSync(path, 0o000);
      return {
        command: `deskclaw start --port 0 ${scene.gatewayCommand()}`,
        names: [path, /EACCES|permission|may not|read/],
        exit: 78,
        person: { named: path, act: () => chmodSync(path, 0o600) },
      };
    },
  },
  {
    name: 'config.json is a broken link',
    inject: async (scene) => {
      const target = scene.path('home', 'dotfiles', 'deskclaw.json');
      scene.makeFolder('desk/config');
      symlinkSync(target, settingsFile(scene));
      return {
        command: `deskclaw start --port 0 ${scene.gatewayCommand()}`,
        names: [target, settingsFile(scene)],
        exit: 0,
        withinMs: 2_500,
        noStep: true,
        untold: { history: 'nothing failed', why: 'nothing failed' },
      };
    },
  },
  {
    name: 'config set with a wrong key',
    inject: (scene) => {
      scene.writeSettings({});
      return {
        command: 'deskclaw config set prot 4711',
        names: ['prot', 'port'],
        exit: 2,
        story: 'untouched',
        isHealed: async (_scene, step) => step.code === 0,
        information: ['port'],
      };
    },
  },
  {
    name: 'config set with a wrong value',
    inject: (scene) => {
      scene.writeSettings({});
      return {
        command: 'deskclaw config set port many',
        names: ['many', 'port'],
        exit: 2,
        story: 'untouched',
        isHealed: async (_scene, step) => step.code === 0,
      };
    },
  },
  {
    name: 'unknown command',
    inject: () => ({
      command: 'deskclaw strat',
      names: ['strat', 'start'],
      exit: 2,
      story: 'untouched',
      information: ['start'],
      isHealed: async (_scene, step) => step.code === 0,
    }),
  },
  {
    name: 'unknown profile',
    inject: async (scene) => {
      scene.writeSettings({ command: ['gw', '--port', '{port}'], port: 0 });
      await scene.must('deskclaw --profile work start');
      await scene.must('deskclaw --profile work stop');
      return {
        command: 'deskclaw --profile wrok status',
        names: ['wrok', 'work'],
        exit: 3,
        story: 'untouched',
        isHealed: async (in_, step) => step.code === 0 && (await in_.type('deskclaw --profile wrok stop')).code === 0,
        information: ['work'],
      };
    },
  },
  {
    name: 'profile with an impossible name',
    inject: () => ({
      command: 'deskclaw --profile ../x start',
      names: ['../x'],
      exit: 2,
      story: 'untouched',
      information: ['profile'],
      isHealed: async (_scene, step) => step.code === 0,
    }),
  },
  {
    name: '18 token file missing',
    inject: (scene) => {
      const path = scene.path('home', 'token');
      return {
        command: `deskclaw start --port 0 ${scene.gatewayCommand()}`,
        env: { DESKCLAW_TOKEN_FILE: path },
        names: [path],
        exit: 78,
        person: { named: path, act: () => scene.write('home/token', 'made-token-1\n') },
      };
    },
  },
  {
    name: '18b token file empty',
    inject: (scene) => {
      const path = scene.write('home/token', '\n');
      return {
        command: `deskclaw start --port 0 ${scene.gatewayCommand()}`,
        env: { DESKCLAW_TOKEN_FILE: path },
        names: [path, /empty|no token/],
        exit: 78,
        person: { named: path, act: () => scene.write('home/token', 'made-token-1\n') },
      };
    },
  },
  {
    name: '18c token file may not be read',
    ordinaryUser: true,
    inject: (scene) => {
      const path = scene.write('home/token', 'made-token-1\n');
      chmodSync(path, 0o000);
      return {
        command: `deskclaw start --port 0 ${scene.gatewayCommand()}`,
        env: { DESKCLAW_TOKEN_FILE: path },
        names: [path, /EACCES|permission|may not/],
        exit: 78,
        person: { named: path, act: () => chmodSync(path, 0o600) },
      };
    },
  },
  {
    name: 'token file is a folder',
    inject: (scene) => {
      const path = scene.makeFolder('home/token');
      return {
        command: `deskclaw start --port 0 ${scene.gatewayCommand()}`,
        env: { DESKCLAW_TOKEN_FILE: path },
        names: [path, /folder|directory/],
        exit: 78,
        person: {
          named: path,
          act: () => {
            rmSync(path, { recursive: true });
            scene.write('home/token', 'made-token-1\n');
          },
        },
      };
    },
  },
  {
    name: 'DESKCLAW_HOME is relative',
    inject: (scene) => {
      const env = { DESKCLAW_HOME: 'somewhere' };
      return {
        command: 'deskclaw start --port 0 --gateway builtin',
        env,
        names: ['somewhere', 'DESKCLAW_HOME'],
        exit: 78,
        untold: Object.fromEntries(
          ['status', 'status --json', 'history', 'why', 'logs'].map((name) => [name, 'no folder']),
        ),
        person: {
          named: 'DESKCLAW_HOME',
          act: () => {
            env.DESKCLAW_HOME = scene.makeFolder('elsewhere');
          },
        },
      };
    },
  },
];
