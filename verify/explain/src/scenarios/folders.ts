import { chmodSync, chownSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Scenario, Surface } from '../scenario.ts';
import { isRoot, runningState, surfaces } from '../scenario.ts';
import { freePort, type Scene, smallDisk, type Typed } from '../scene.ts';

const builtin = (scene: Scene, port = 0): string => `deskclaw start --port ${String(port)} ${scene.gatewayCommand()}`;

/** Nothing can be written, so nothing can be kept. */
const unwritable = (why: string, ...except: readonly Surface[]) =>
  Object.fromEntries(surfaces.filter((surface) => !except.includes(surface)).map((surface) => [surface, why]));

/** A step that moves to another folder starts there: that gateway is stopped again. */
async function startedElsewhere(
  scene: Scene,
  step: Typed,
  env: Readonly<Record<string, string>> = {},
): Promise<boolean> {
  const made = readdirSync(scene.path('tmp')).find((name) => name.startsWith('tmp.'));
  const folder = step.line.includes('mktemp -d')
    ? made && `DESKCLAW_HOME='${scene.path('tmp', made)}'`
    : /^DESKCLAW_HOME=(?:"[^"]*"|\S+)/.exec(step.line)?.[0];
  if (folder === undefined) return step.code === 0;
  await scene.type(`export ${folder}; deskclaw stop; rm -rf "$DESKCLAW_HOME"`, { env });
  return step.code === 0;
}

export const folderScenarios: readonly Scenario[] = [
  {
    name: '36 disk full',
    unavailable: isRoot,
    inject: (scene) => {
      const disk = smallDisk(scene, 'desk/state', 64);
      disk.fill();
      return {
        command: builtin(scene),
        names: [/disk|space|ENOSPC/i, scene.path('desk', 'state')],
        exit: 1,
        untold: unwritable('the disk is full'),
        information: ['tmpfs', scene.path('desk', 'state')],
        person: { named: scene.path('desk', 'state'), act: () => disk.free() },
      };
    },
  },
  {
    name: '37 state read-only',
    ordinaryUser: true,
    unavailable: isRoot,
    inject: (scene) => {
      const state = scene.makeFolder('desk/state');
      chmodSync(state, 0o500);
      return {
        command: builtin(scene),
        names: [state],
        exit: 1,
        untold: unwritable('the folder is read-only'),
        person: { named: state, act: () => chmodSync(state, 0o700) },
        isHealed: (in_, step) => startedElsewhere(in_, step),
      };
    },
  },
  {
    name: '38 home folder does not exist',
    ordinaryUser: true,
    unavailable: isRoot,
    inject: (scene) => {
      const home = `/nonexistent-${basename(scene.folder)}`;
      return {
        command: builtin(scene),
        env: { HOME: home, DESKCLAW_HOME: '' },
        cwd: scene.path('tmp'),
        names: [home],
        exit: 1,
        untold: unwritable('there is no folder'),
        person: {
          named: home,
          act: () => {
            mkdirSync(home);
            chownSync(home, scene.user ?? 0, scene.user ?? 0);
            scene.afterwards(() => rmSync(home, { recursive: true, force: true }));
          },
        },
        information: ['No such file', 'nonexistent'],
        isHealed: (in_, step) => startedElsewhere(in_, step, { HOME: home, DESKCLAW_HOME: '' }),
      };
    },
  },
  {
    name: '39 XDG_RUNTIME_DIR unwritable',
    ordinaryUser: true,
    unavailable: isRoot,
    inject: async (scene) => {
      const port = await freePort();
      const runtime = scene.makeFolder('runtime');
      chmodSync(runtime, 0o500);
      const home = scene.makeFolder('home');
      return {
        command: builtin(scene, port),
        env: { XDG_RUNTIME_DIR: runtime, DESKCLAW_HOME: '', HOME: home },
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
    name: '40 socket path too long',
    inject: async (scene) => {
      const port = await freePort();
      const deep = scene.makeFolder(`home/${'long-folder-name/'.repeat(8)}desk`);
      return {
        command: builtin(scene, port),
        env: { DESKCLAW_HOME: deep },
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
    name: '41 stale lock, reused pid, garbage lock',
    inject: async (scene) => {
      const port = await freePort();
      scene.write('desk/state/default/host.lock', JSON.stringify({ pid: process.pid, startMark: 'x', nonce: 'y' }));
      scene.write('desk/state/default/gateway.json', '{ "pid": 1, ');
      return {
        command: builtin(scene, port),
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
    name: 'log folder unwritable',
    ordinaryUser: true,
    unavailable: isRoot,
    inject: async (scene) => {
      const port = await freePort();
      const logs = scene.makeFolder('desk/state/default/logs');
      chmodSync(logs, 0o500);
      return {
        command: builtin(scene, port),
        names: [port, logs],
        json: [runningState, port],
        exit: 0,
        withinMs: 2_500,
        noStep: true,
        story: [logs],
        untold: { history: 'nothing failed', why: 'nothing failed', logs: 'nothing is written' },
      };
    },
  },
  {
    name: 'journal unreadable',
    inject: (scene) => {
      mkdirSync(scene.path('desk/state/default/journal.ndjson'), { recursive: true });
      return {
        command: `${builtin(scene)} && deskclaw history`,
        names: [scene.path('desk/state/default/journal.ndjson')],
        exit: 0,
        withinMs: 4_000,
        repeatable: false,
        noStep: true,
        untold: { history: 'it is about the journal', why: 'it is about the journal' },
      };
    },
  },
  {
    name: 'journal of binary zeros',
    inject: async (scene) => {
      scene.write('desk/state/default/journal.ndjson', new Uint8Array(4_096));
      const port = await freePort();
      return {
        command: `deskclaw start --port ${String(port)} --command "absent-e60 --port {port}"`,
        names: ['absent-e60'],
        exit: 78,
        person: { named: 'absent-e60', act: () => scene.write('bin/absent-e60', `#!/bin/sh\nexec gw "$@"\n`, 0o755) },
      };
    },
  },
  {
    name: 'state folder of another user',
    ordinaryUser: true,
    unavailable: isRoot,
    inject: (scene) => {
      const state = scene.makeFolder('desk/state', 0o755);
      chownSync(state, 54_399, 54_399);
      chmodSync(state, 0o777);
      return {
        command: builtin(scene),
        names: [state, '54399'],
        exit: 1,
        untold: unwritable('the folder is not ours'),
        isHealed: (in_, step) => startedElsewhere(in_, step),
        person: {
          named: state,
          act: () => {
            chownSync(state, scene.user ?? 0, scene.user ?? 0);
            chmodSync(state, 0o700);
          },
        },
      };
    },
  },
  {
    name: 'state folder is a file',
    inject: (scene) => {
      const state = scene.path('desk', 'state');
      writeFileSync(state, 'x');
      return {
        command: builtin(scene),
        names: [state, /file|folder|ENOTDIR/],
        exit: 1,
        untold: unwritable('there is no folder'),
        person: { named: state, act: () => rmSync(state) },
        isHealed: (in_, step) => startedElsewhere(in_, step),
      };
    },
  },
  {
    name: '49 40 columns',
    inject: async (scene) => {
      const port = await freePort();
      const inner = `deskclaw start --port ${String(port)} --command "my-gatway --port {port}"`;
      return {
        command: `script -qefc 'stty cols 40 rows 40; ${inner}' /dev/null`,
        env: { TERM: 'xterm-256color', NO_COLOR: '1' },
        names: ['my-gatway'],
        exit: 78,
        repeatable: false,
        person: { named: 'my-gatway', act: () => scene.write('bin/my-gatway', '#!/bin/sh\nexec gw "$@"\n', 0o755) },
      };
    },
  },
  {
    name: '50 LANG=C',
    inject: async (scene) => {
      const port = await freePort();
      return {
        command: `deskclaw start --port ${String(port)} --command "my-gatway --port {port}"`,
        env: { LANG: 'C', LC_ALL: 'C' },
        // Every character is ASCII.
        names: ['my-gatway', /^[ -~\n\t]*$/],
        exit: 78,
        person: { named: 'my-gatway', act: () => scene.write('bin/my-gatway', '#!/bin/sh\nexec gw "$@"\n', 0o755) },
      };
    },
  },
  {
    name: 'proxy variables that lead nowhere',
    inject: async (scene) => {
      const port = await freePort();
      return {
        command: builtin(scene, port),
        env: {
          HTTP_PROXY: 'http://127.0.0.1:9',
          HTTPS_PROXY: 'http://127.0.0.1:9',
          ALL_PROXY: 'socks5://127.0.0.1:9',
          http_proxy: 'http://127.0.0.1:9',
        },
        names: [port],
        json: [runningState, port],
        exit: 0,
        withinMs: 2_500,
        noStep: true,
        story: 'untouched',
      };
    },
  },
];
