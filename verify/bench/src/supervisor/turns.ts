import { spawn } from 'node:child_process';
import { GatewayManager } from '@deskclaw/core';
import { freePort, gateway, isDead } from './programs.ts';

/** Measures the boot of an unsupervised gateway, from spawn to its ready line, ms. */
export async function ownBoot(): Promise<number> {
  const port = await freePort();
  const began = performance.now();
  const child = spawn(process.execPath, [gateway, '--port', String(port)], { stdio: ['ignore', 'pipe', 'ignore'] });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const took = performance.now() - began;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
  return took;
}

/** All in ms. */
export interface Turn {
  readonly start: number;
  /** Time from `kill -9` until the exit is reported. */
  readonly detection: number;
  /** Time from the reported exit to the next process. */
  readonly respawn: number;
  /** Time from `kill -9` until it runs again. */
  readonly recovery: number;
  readonly stop: number;
  /** Time from the death of the gateway to the answer of `stop()`. */
  readonly afterDeath: number;
}

/** Looks at the process table once a millisecond; our own word for it is what is measured. */
function death(pid: number): Promise<number> {
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (!isDead(pid)) return;
      clearInterval(timer);
      resolve(performance.now());
    }, 1);
  });
}

function pidOf(manager: GatewayManager): number {
  const { pid } = manager.getStatus();
  if (pid === undefined) throw new Error('no process');
  return pid;
}

/** Measures one start, one crash and one stop. */
export async function turn(): Promise<Turn> {
  const manager = new GatewayManager({
    mode: 'supervise',
    port: await freePort(),
    command: [process.execPath, gateway, '--port', '{port}'],
  });
  const began = performance.now();
  await manager.start();
  const start = performance.now() - began;

  const spawned = new Promise<number>((resolve) => {
    manager.on('timeline', ({ what }) => {
      if (what === 'spawned') resolve(performance.now());
    });
  });
  const killedAt = performance.now();
  const noticed = manager.waitFor('reconnecting').then(() => performance.now());
  process.kill(pidOf(manager), 'SIGKILL');
  const noticedAt = await noticed;
  const spawnedAt = await spawned;
  await manager.waitFor('running');
  const recovery = performance.now() - killedAt;

  const died = death(pidOf(manager));
  const stoppingAt = performance.now();
  await manager.stop();
  const stoppedAt = performance.now();
  return {
    start,
    detection: noticedAt - killedAt,
    respawn: spawnedAt - noticedAt,
    recovery,
    stop: stoppedAt - stoppingAt,
    afterDeath: Math.max(0, stoppedAt - (await died)),
  };
}
