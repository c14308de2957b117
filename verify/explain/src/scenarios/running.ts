import { execFileSync } from 'node:child_process';
import { renameSync, rmSync } from 'node:fs';
import type { Fault, Scenario } from '../scenario.ts';
import { isRoot, runningState } from '../scenario.ts';
import { freePort, type Scene, smallDisk } from '../scene.ts';

async function started(
  scene: Scene,
  ...faults: readonly string[]
): Promise<{ readonly port: number; readonly pid: number }> {
  const port = await freePort();
  await scene.must(`deskclaw start --port ${String(port)} ${scene.gatewayCommand(...faults)}`);
  return { port, pid: await scene.pidOf('gateway') };
}

/** A fault of a running gateway: the status is asked until it tells. */
function shown(fault: Omit<Fault, 'command' | 'repeatForMs' | 'existedAt'>, existedAt = performance.now()): Fault {
  return { command: 'deskclaw status', repeatForMs: 15_000, existedAt: () => existedAt, ...fault };
}

/** Heartbeats so short that silence is noticed within a second. */
const alert = {
  heartbeat: { intervalMs: 300, timeoutMs: 300 },
  health: { intervalMs: 1_000, unresponsiveAfterMs: 60_000 },
};

export const runningScenarios: readonly Scenario[] = [
  {
    name: '32 SIGSTOP',
    inject: async (scene) => {
      scene.writeSettings(alert);
      const { pid } = await started(scene);
      process.kill(pid, 'SIGSTOP');
      return shown({
        names: [/SIGSTOP/, pid],
        exit: 5,
        information: [scene.path('desk/config/config.json')],
        story: [/SIGSTOP/],
        withinMs: 3_000,
        isHealed: async (in_, step) => step.code === 0 && (await in_.type('sleep 1; deskclaw status')).code === 0,
      });
    },
  },
  {
    name: 'gateway blocks its event loop',
    inject: async (scene) => {
      scene.writeSettings(alert);
      const block = scene.write(
        'lib/block.cjs',
        `process.on('SIGUSR2', () => { const until = Date.now() + 20000; while (Date.now() < until); });`,
        0o644,
      );
      const file = scene.write(
        'bin/blocking',
        `#!/bin/sh\nexec '${process.execPath}' --require '${block}' '${scene.gatewayFile}' "$@"\n`,
        0o755,
      );
      const port = await freePort();
      await scene.must(`deskclaw start --port ${String(port)} --command "${file} --port {port}"`);
      const pid = await scene.pidOf('gateway');
      process.kill(pid, 'SIGUSR2');
      return shown({
        names: [/busy|not respond|does not answer/i, pid],
        json: [/"health":"(busy|unresponsive)"/],
        exit: [0, 5],
        withinMs: 3_000,
        information: [port, scene.path('desk/config/config.json')],
        story: [/busy|not respond|answer/i],
        // A restart puts another process in its place.
        isHealed: async (in_, step) => step.code === 0 && (await in_.pidOf('gateway')) !== pid,
      });
    },
  },
  {
    name: 'gateway answers pings and no request',
    inject: async (scene) => {
      scene.writeSettings(alert);
      await started(scene);
      const { port } = await restartWith(scene, 'pong-only');
      return {
        command: 'deskclaw call system.health --timeout 2',
        names: ['system.health', /2 s/],
        exit: 6,
        existedAt: (typedAt) => typedAt + 2_000,
        information: [port],
        story: 'untouched',
        isHealed: async (_scene, step) => step.code === 0,
      };
    },
  },
  {
    name: '34 kill -9',
    inject: async (scene) => {
      const { pid } = await started(scene);
      process.kill(pid, 'SIGKILL');
      return shown({ names: ['SIGKILL'], exit: [0, 5], noStep: true, withinMs: 1_500 });
    },
  },
  {
    name: '35 killed by SIGTERM from outside',
    inject: async (scene) => {
      const { pid } = await started(scene);
      process.kill(pid, 'SIGTERM');
      return shown({
        names: [/exit code 0|SIGTERM/],
        exit: [0, 5],
        noStep: true,
        withinMs: 1_500,
        story: [/without being asked|on its own|from outside|exit code 0|"code":0/],
      });
    },
  },
  {
    name: '42 host kill -9',
    inject: async (scene) => {
      await scene.must('deskclaw start --gateway builtin --port 0');
      const host = await scene.pidOf('host');
      process.kill(host, 'SIGKILL');
      return shown({ names: [host, '--gateway builtin'], exit: 3, story: [host] });
    },
  },
  {
    name: '42b host and gateway kill -9',
    inject: async (scene) => {
      await scene.must('deskclaw start --gateway builtin --port 0');
      const host = await scene.pidOf('host');
      const gateway = await scene.pidOf('gateway');
      process.kill(host, 'SIGKILL');
      process.kill(gateway, 'SIGKILL');
      return shown({ names: [host, '--gateway builtin'], exit: 3, story: [host] });
    },
  },
  {
    name: 'socket of the host removed',
    inject: async (scene) => {
      const { pid } = await started(scene);
      rmSync(scene.path('desk', 'run'), { recursive: true, force: true });
      return shown({ names: [pid], json: [runningState], exit: 0, noStep: true, story: 'untouched', withinMs: 2_000 });
    },
  },
  {
    name: 'state folder moved away',
    inject: async (scene) => {
      const { pid } = await started(scene);
      renameSync(scene.path('desk', 'state'), scene.path('moved'));
      return {
        command: 'deskclaw status',
        names: [pid],
        json: [runningState],
        exit: 0,
        noStep: true,
        story: 'untouched',
      };
    },
  },
  {
    name: '36b disk full while it runs',
    unavailable: isRoot,
    inject: async (scene) => {
      const disk = smallDisk(scene, 'desk/state', 1_024);
      await started(scene);
      disk.fill();
      // What still fits into the pages that the files have begun.
      for (let turn = 0; turn < 3; turn += 1) await scene.type('deskclaw restart');
      return {
        command: 'deskclaw status',
        names: [/disk|space|ENOSPC/i, scene.path('desk', 'state')],
        exit: [0, 1],
        repeatForMs: 6_000,
        withinMs: 3_000,
        untold: { history: 'cannot be written', why: 'cannot be written', logs: 'cannot be written' },
        information: ['Use%', 'tmpfs'],
        person: { named: scene.path('desk', 'state'), act: () => disk.free() },
      };
    },
  },
  {
    name: 'descriptors of the host run out',
    unavailable: isRoot,
    inject: async (scene) => {
      await started(scene);
      const [host, gateway] = [await scene.pidOf('host'), await scene.pidOf('gateway')];
      execFileSync('prlimit', ['--pid', String(host), '--nofile=3:']);
      process.kill(gateway, 'SIGKILL');
      const restore = () => execFileSync('prlimit', ['--pid', String(host), '--nofile=1024:']);
      scene.afterwards(() => {
        try {
          restore();
        } catch {
          // It ended.
        }
      });
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      restore();
      return {
        command: 'deskclaw logs',
        names: [/EMFILE|open files|descriptors/],
        exit: 0,
        noStep: true,
        untold: { status: 'it recovered', 'status --json': 'it recovered' },
        repeatForMs: 5_000,
        withinMs: 5_000,
      };
    },
  },
  {
    name: 'stop of a gateway that ignores SIGTERM',
    inject: async (scene) => {
      scene.writeSettings({ stop: { graceMs: 1_000 } });
      const { pid } = await started(scene, 'ignore-sigterm');
      return {
        command: 'deskclaw stop',
        names: [pid],
        exit: 0,
        withinMs: 3_000,
        noStep: true,
        repeatable: false,
        story: [/SIGKILL/],
        untold: { status: 'stopped as asked', 'status --json': 'stopped as asked', why: 'nothing failed' },
      };
    },
  },
];

/** Replaces the gateway by one with the fault; it must become ready without answering. */
async function restartWith(scene: Scene, fault: string): Promise<{ readonly port: number }> {
  await scene.must('deskclaw stop');
  scene.writeSettings({ ready: 'open' });
  return started(scene, fault);
}
