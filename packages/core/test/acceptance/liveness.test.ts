/** Behaviour, section 4: a frozen, busy or half-dead gateway, with real processes and real sockets. */
import { afterAll, describe, expect, it } from 'vitest';
import type { GatewayManager } from '../../src/manager/gateway-manager.ts';
import type { GatewayManagerOptions } from '../../src/manager/options.ts';
import { ChaosProxy } from '../connection/chaos-proxy.ts';
import { foreignGateway, freePort, gatewayCommand, lives, manage, pidOf, stopAll } from '../manager/builtin.ts';

/** The ladder with short steps; its shape is what is tested here, its default lengths are tested as numbers elsewhere. */
const quick = {
  heartbeat: { intervalMs: 200, timeoutMs: 200, probeMs: 300 },
  health: { intervalMs: 400, unresponsiveAfterMs: 3_000 },
  reconnect: { baseDelayMs: 50, maxDelayMs: 200, maxAttempts: 1_000 },
} as const satisfies GatewayManagerOptions;

const frozen = new Set<number>();
afterAll(async () => {
  for (const pid of frozen) if (lives(pid)) process.kill(pid, 'SIGCONT');
  frozen.clear();
  await stopAll();
});

function freeze(pid: number): void {
  frozen.add(pid);
  process.kill(pid, 'SIGSTOP');
}

function health(manager: GatewayManager, wanted: string): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (manager.getStatus().health !== wanted) return;
      off();
      resolve();
    };
    const off = manager.on('status', look);
    look();
  });
}

/** Each waits for deadlines of a gateway of its own, so they wait together. */
describe.concurrent('liveness', () => {
  it('L1: a gateway frozen for ever is reported, then replaced, with the reason', async () => {
    const manager = manage(quick);
    await manager.start();
    const before = pidOf(manager);
    const reasons: string[] = [];
    manager.on('error', (error) => reasons.push(error.message));
    freeze(before);
    await health(manager, 'unresponsive');
    expect(manager.getStatus().problem?.code).toBe('gateway.unresponsive');
    await manager.waitFor('reconnecting');
    expect(lives(before)).toBe(true);
    await manager.waitFor('running');
    expect(pidOf(manager)).not.toBe(before);
    expect(lives(before)).toBe(false);
    expect(reasons.join()).toMatch(/answered neither/);
  });

  it('L2: a gateway frozen for a while keeps its process and is running again by itself', async () => {
    const manager = manage({ ...quick, health: { intervalMs: 400, unresponsiveAfterMs: 60_000 } });
    await manager.start();
    const before = pidOf(manager);
    freeze(before);
    await manager.waitFor('reconnecting');
    process.kill(before, 'SIGCONT');
    await manager.waitFor('running');
    expect(pidOf(manager)).toBe(before);
    expect(manager.getStatus().restarts).toBe(0);
    expect(await manager.rpc('system.health')).toMatchObject({ ok: true });
  });

  it('L2: a gateway that thaws before its connection is replaced is healthy again on the same connection', async () => {
    const manager = manage({ ...quick, heartbeat: { ...quick.heartbeat, probeMs: 60_000 } });
    await manager.start();
    const { connectedAt } = manager.getStatus();
    const pid = pidOf(manager);
    freeze(pid);
    await health(manager, 'unresponsive');
    process.kill(pid, 'SIGCONT');
    await health(manager, 'ok');
    expect(manager.getStatus()).toMatchObject({ state: 'running', connectedAt, pid });
  });

  it('L3: a gateway whose event loop is blocked by work is busy and not restarted', async () => {
    const manager = manage({ ...quick, command: gatewayCommand('freeze=300:9000') });
    await manager.start();
    const before = pidOf(manager);
    await manager.waitFor('reconnecting');
    await health(manager, 'busy');
    await manager.waitFor('running');
    expect(pidOf(manager)).toBe(before);
    expect(manager.getStatus().restarts).toBe(0);
  });

  it('L4: a half-open connection is replaced, its request fails with outcome unknown, and the gateway is left alone', async (context) => {
    const port = await freePort();
    const foreign = await foreignGateway(port);
    try {
      const proxy = await ChaosProxy.start(port, context.onTestFinished);
      const manager = manage({ ...quick, mode: 'attach', url: proxy.url });
      await manager.start();
      const { connectedAt } = manager.getStatus();
      const frozen = proxy.ambush('down', '"deleted"', 'freeze');
      const lost = manager.rpc('cron.delete', { jobId: 'x' }, { timeoutMs: 60_000 });
      await frozen;
      await expect(lost).rejects.toMatchObject({ outcome: 'unknown' });
      await manager.waitFor('running');
      expect(manager.getStatus().connectedAt).not.toBe(connectedAt);
      expect(await manager.rpc('system.health', { deep: true })).toMatchObject({ pid: foreign.pid });
    } finally {
      await foreign.end();
    }
  });

  it('L6: a gateway that answers pings but no request is unresponsive and not restarted', async () => {
    const manager = manage({ ...quick, command: gatewayCommand('drop-replies=every=2') });
    await manager.start();
    const before = pidOf(manager);
    await health(manager, 'unresponsive');
    expect(manager.getStatus().state).toBe('running');
    expect(pidOf(manager)).toBe(before);
  });

  it('an attached gateway that freezes is never signalled, only waited for', async () => {
    const port = await freePort();
    const foreign = await foreignGateway(port);
    try {
      const manager = manage({ ...quick, mode: 'auto', port });
      await manager.start();
      freeze(foreign.pid);
      await manager.waitFor('reconnecting');
      // As long as it takes an owned one to be replaced in L1.
      await new Promise((resolve) => setTimeout(resolve, 6_000));
      expect(lives(foreign.pid)).toBe(true);
      expect(manager.getStatus().ownership).toBe('attached');
      process.kill(foreign.pid, 'SIGCONT');
      await manager.waitFor('running');
    } finally {
      await foreign.end();
    }
  });
});
