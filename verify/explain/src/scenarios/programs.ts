import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type Fault, runningState, type Scenario } from '../scenario.ts';
import type { Scene } from '../scene.ts';
import { freePort } from '../scene.ts';

/** A start of a program in the scene's bin folder, at a free port. */
async function startOf(program: string): Promise<{ readonly command: string; readonly port: number }> {
  const port = await freePort();
  return { command: `deskclaw start --port ${String(port)} --command "${program} --port {port}"`, port };
}

/** A program that ends while it starts, by a script. */
function ending(name: string, code: string, fault: (scene: Scene) => Omit<Fault, 'command'>): Scenario {
  return {
    name,
    inject: async (scene) => {
      const file = scene.script('ending', code);
      const { command } = await startOf(file);
      return { command, ...fault(scene) };
    },
  };
}

/** What a person does who is told that the program itself fails: puts a working one in its place. */
function replaced(scene: Scene, name = 'ending'): () => void {
  return () => {
    scene.write(`bin/${name}`, `#!/bin/sh\nexec '${scene.path('bin', 'gw')}' "$@"\n`, 0o755);
  };
}

const untouchedProgram = (scene: Scene) => ({ named: scene.path('bin', 'ending'), act: replaced(scene) });

export const programScenarios: readonly Scenario[] = [
  {
    name: '03 command not found',
    inject: async (scene) => ({
      ...(await startOf('my-gatway')),
      names: ['my-gatway', scene.path('bin')],
      exit: 78,
      person: { named: 'my-gatway', act: replaced(scene, 'my-gatway') },
    }),
  },
  {
    name: '03b path of a command not found',
    inject: async (scene) => {
      const file = scene.path('bin', 'absent');
      return {
        ...(await startOf(file)),
        names: [file],
        exit: 78,
        person: { named: file, act: replaced(scene, 'absent') },
      };
    },
  },
  {
    name: '04 command not executable',
    inject: async (scene) => {
      const file = scene.script('ending', '');
      replaced(scene)();
      chmodSync(file, 0o644);
      return {
        ...(await startOf(file)),
        names: [file, /execut/],
        exit: 78,
        person: { named: file, act: () => chmodSync(file, 0o755) },
      };
    },
  },
  {
    name: '05 directory as command',
    inject: async (scene) => {
      const folder = scene.makeFolder('bin/folder', 0o755);
      return {
        ...(await startOf(folder)),
        names: [folder, /folder|directory/],
        exit: 78,
        information: ['total'],
        person: {
          named: folder,
          act: () => {
            rmSync(folder, { recursive: true });
            replaced(scene, 'folder')();
          },
        },
      };
    },
  },
  {
    name: 'missing interpreter',
    inject: async (scene) => {
      const interpreter = scene.path('bin', 'no-such-node');
      const file = scene.write('bin/ending', `#!${interpreter}\n`, 0o755);
      return { ...(await startOf(file)), names: [interpreter, file], exit: 78, person: untouchedProgram(scene) };
    },
  },
  {
    name: 'script with CRLF line ends',
    inject: async (scene) => {
      const file = scene.write('bin/ending', `#!/bin/sh\r\nexec gw "$@"\r\n`, 0o755);
      return {
        ...(await startOf(file)),
        names: [/CRLF|carriage|\\r|line end/i, file],
        exit: 78,
        person: untouchedProgram(scene),
      };
    },
  },
  {
    name: 'script without a shebang',
    inject: async (scene) => {
      const file = scene.write('bin/ending', `exec gw "$@"\n`, 0o755);
      const port = await freePort();
      // A shell runs it, as execvp and every shell do.
      return {
        command: `deskclaw start --port ${String(port)} --command "${file} --port {port}"`,
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
    name: 'program of another machine',
    inject: async (scene) => {
      const elf = Buffer.alloc(128);
      elf.write('\x7fELF', 'latin1');
      // 64 bits, little endian, version 1, for a machine with the number of an HP workstation.
      elf.set([2, 1, 1], 4);
      elf.set([2, 0, 15, 0], 16);
      const file = scene.write('bin/ending', elf, 0o755);
      return {
        ...(await startOf(file)),
        names: [file, /ENOEXEC|format|machine/i],
        exit: 78,
        person: untouchedProgram(scene),
      };
    },
  },
  {
    name: 'working folder may not be entered',
    ordinaryUser: true,
    inject: async (scene) => {
      const folder = scene.makeFolder('home/closed');
      chmodSync(folder, 0o000);
      scene.afterwards(() => chmodSync(folder, 0o700));
      const port = await freePort();
      scene.writeSettings({ cwd: folder });
      return {
        command: `deskclaw start --port ${String(port)} ${scene.gatewayCommand()}`,
        names: [folder, /EACCES|permission|may not|enter/i],
        exit: 78,
        person: { named: folder, act: () => chmodSync(folder, 0o700) },
      };
    },
  },
  {
    name: 'working folder does not exist',
    inject: async (scene) => {
      const folder = scene.path('home', 'absent');
      const port = await freePort();
      scene.writeSettings({ cwd: folder });
      return {
        command: `deskclaw start --port ${String(port)} ${scene.gatewayCommand()}`,
        names: [folder],
        exit: 78,
        person: { named: folder, act: () => scene.makeFolder('home/absent') },
      };
    },
  },
  ending('22 exits 0 at once', `console.log('nothing to do'); process.exit(0);`, (scene) => ({
    names: ['nothing to do', 'exit code 0'],
    exit: 1,
    person: untouchedProgram(scene),
  })),
  ending('23 exits 1 with stderr', `console.error('cannot open /nowhere/db: E1234'); process.exit(1);`, (scene) => ({
    names: ['cannot open /nowhere/db: E1234', 'exit code 1'],
    exit: 1,
    person: untouchedProgram(scene),
  })),
  ending('24 exits 78', `console.error('bad setting: color=purple'); process.exit(78);`, (scene) => ({
    names: ['bad setting: color=purple', '78'],
    exit: 78,
    person: untouchedProgram(scene),
  })),
  ending('25 SIGSEGV', `process.kill(process.pid, 'SIGSEGV'); setInterval(() => {}, 1000);`, (scene) => ({
    names: ['SIGSEGV'],
    exit: 1,
    person: untouchedProgram(scene),
  })),
  ending(
    'prints much, without a line end, and ends',
    `process.stdout.write('x'.repeat(3e6), () => process.stderr.write('out of cheese: E77', () => process.exit(9)));`,
    (scene) => ({ names: ['out of cheese: E77', 'exit code 9'], exit: 1, person: untouchedProgram(scene) }),
  ),
  ending(
    'closes its standard streams and ends',
    `import('node:fs').then((fs) => { for (const fd of [0, 1, 2]) fs.closeSync(fd); process.exit(17); });`,
    (scene) => ({ names: ['exit code 17'], exit: 1, person: untouchedProgram(scene) }),
  ),
  ending('a Node program whose module is missing', `require('no-such-module-e55');`, (scene) => ({
    names: ['no-such-module-e55', 'exit code 1'],
    exit: 1,
    person: untouchedProgram(scene),
  })),
  {
    name: 'leaks memory until it has none',
    inject: async (scene) => {
      const file = scene.write(
        'bin/ending',
        `#!/bin/sh\nexec '${process.execPath}' --max-old-space-size=24 -e 'const a = []; for (;;) a.push(new Array(1e5).fill({}))'\n`,
        0o755,
      );
      return {
        ...(await startOf(file)),
        names: [/memory/i],
        exit: 1,
        withinMs: 4_000,
        person: untouchedProgram(scene),
      };
    },
  },
  {
    name: '31 crash loop',
    inject: async (scene) => {
      scene.writeSettings({ crash: { maxCrashes: 2, windowMs: 60_000, stableAfterMs: 30_000 } });
      const file = scene.script(
        'ending',
        `const { spawn } = require('node:child_process');
         const child = spawn('gw', process.argv.slice(2), { stdio: 'inherit' });
         process.on('SIGTERM', () => { child.kill(); process.exit(0); });
         setTimeout(() => { require('node:fs').appendFileSync(process.env.HOME + '/crashed', Date.now() + '\\n'); console.error('plugin-x: cannot read settings'); child.kill('SIGKILL'); process.exit(3); }, 1500);`,
      );
      const { command } = await startOf(file);
      await scene.must(command);
      const crashed = scene.write('home/crashed', '');
      const crashes = () => readFileSync(crashed, 'utf8').trim().split('\n');
      return {
        command: 'deskclaw status',
        // As often as it really crashed.
        names: [
          () => new RegExp(`\\b${String(crashes().length)} crash`),
          'plugin-x: cannot read settings',
          'exit code 3',
        ],
        exit: 1,
        json: [/"state":"error"/],
        repeatForMs: 30_000,
        existedAt: () => Number(crashes().at(-1)) - performance.timeOrigin,
        story: ['exit code 3'],
        person: untouchedProgram(scene),
      };
    },
  },
  {
    name: 'exits after it was ready',
    inject: async (scene) => {
      const port = await freePort();
      const file = scene.script(
        'leaving',
        `const { spawn } = require('node:child_process');
         const child = spawn('gw', [...process.argv.slice(2), '--allow-faults', '--fault', 'exit-after=300:5'], { stdio: 'inherit' });
         process.on('SIGTERM', () => child.kill());
         child.on('exit', (code) => { require('node:fs').appendFileSync(process.env.HOME + '/left', Date.now() + '\\n'); process.exit(code ?? 1); });`,
      );
      await scene.must(`deskclaw start --port ${String(port)} --command "${file} --port {port}"`);
      while (!existsSync(scene.path('home/left'))) await delay(10);
      const existedAt = Number(readFileSync(scene.path('home/left'), 'utf8').split('\n')[0]) - performance.timeOrigin;
      return {
        command: 'deskclaw status',
        names: ['exit code 5'],
        story: ['exit code 5', '"code":5'],
        // It is started again: in between, or running.
        exit: [0, 5],
        repeatForMs: 8_000,
        existedAt: () => existedAt,
        noStep: true,
      };
    },
  },
];
