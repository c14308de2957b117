import { type GatewayStatus, stateEdges } from '@deskclaw/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/errors/gateway-error.ts';
import { GatewayManager } from '../../src/manager/gateway-manager.ts';
import { foreignGateway, freePort, gatewayCommand, lives, manage, pidOf, stopAll } from './builtin.ts';

afterEach(stopAll);

async function failure(promise: Promise<unknown>): Promise<GatewayError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof GatewayError) return error;
  throw new Error(`expected a GatewayError, got ${String(error)}`);
}

describe('start', () => {
  it('start brings the gateway up, and the status agrees with the process table', async () => {
    const manager = manage();
    const result = await manager.start();
    const status = manager.getStatus();
    expect(status).toMatchObject({
      state: 'running',
      phase: 'ready',
      ownership: 'owned',
      health: 'ok',
      dialect: 'jsonrpc',
      restarts: 0,
    });
    expect(result).toEqual({ outcome: 'applied', generation: status.generation, pid: status.pid });
    expect(lives(pidOf(manager))).toBe(true);
    expect(Object.isFrozen(status)).toBe(true);
    expect(manager.isConnected()).toBe(true);
  });

  it('three starts at once make one process and settle alike (P5)', async () => {
    const manager = manage();
    const pids = new Set<number | undefined>();
    manager.on('status', ({ pid }) => pids.add(pid));
    const results = await Promise.all([manager.start(), manager.start(), manager.start()]);
    expect(results.map((result) => result.outcome)).toEqual(['applied', 'joined', 'joined']);
    expect(new Set(results.map((result) => result.pid)).size).toBe(1);
    pids.delete(undefined);
    expect(pids.size).toBe(1);
  });

  it('start of a running gateway resolves as joined and changes nothing', async () => {
    const manager = manage();
    const { pid } = await manager.start();
    expect(await manager.start()).toMatchObject({ outcome: 'joined', pid });
  });

  it('start without the program fails and names the searched folders (P8)', async () => {
    const manager = manage({ command: ['no-such-gateway-program'] });
    const error = await failure(manager.start());
    expect(error.code).toBe('gateway.not-found');
    expect(error.problem.detail).toContain('no-such-gateway-program');
    expect(manager.getStatus()).toMatchObject({ state: 'error', problem: { code: 'gateway.not-found' } });
    expect(manager.getStatus().pid).toBeUndefined();
  });

  it.each([
    ['exit=1', 'crash', 1],
    ['exit=78', 'configuration', 78],
  ])(
    'start of a gateway that exits at boot (%s) fails with code, cause and last lines (P9)',
    async (fault, cause, code) => {
      const manager = manage({ command: gatewayCommand(fault, 'stderr-text=the reason it gave') });
      const error = await failure(manager.start());
      expect(error.code).toBe('gateway.exited');
      expect(error.problem.detail).toContain('the reason it gave');
      expect(manager.getStatus()).toMatchObject({ state: 'error', lastExit: { code, cause } });
    },
  );

  it('start waits for a gateway that reports it is still starting, and shows the phase', async () => {
    const command = [...gatewayCommand('challenge-1013=8'), '--dialect', 'openclaw'];
    const manager = manage({ command, startup: { timeoutMs: 3_000 } });
    const phases = new Set<string>();
    manager.on('status', ({ state, phase, problem }) => {
      if (state === 'starting') phases.add(`${phase} ${String(problem?.code)}`);
    });
    expect(await manager.start()).toMatchObject({ outcome: 'applied' });
    expect(manager.getStatus()).toMatchObject({ state: 'running', dialect: 'openclaw' });
    expect([...phases]).toContain('warming-up undefined');
  });

  it('start after a failed start tries again', async () => {
    const manager = manage({ command: gatewayCommand('exit=1') });
    const first = await failure(manager.start());
    const second = await failure(manager.start());
    expect(second.problem.at).toBeGreaterThanOrEqual(first.problem.at);
    expect(manager.getStatus().generation).toBe(2);
  });
});

describe('stop', () => {
  it('stop leaves no process and a free port (P1)', async () => {
    const port = await freePort();
    const manager = manage({ port });
    await manager.start();
    const pid = pidOf(manager);
    expect(await manager.stop()).toMatchObject({ outcome: 'applied', previousPid: pid });
    expect(lives(pid)).toBe(false);
    const status = manager.getStatus();
    expect(status).toMatchObject({ state: 'stopped', ownership: 'none', health: 'down' });
    expect([status.pid, status.uptime, status.connectedAt, status.problem]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    const other = await foreignGateway(port);
    await other.end();
  });

  it.each([0, 5, 20, 60, 120])('a stop %i ms into a start aborts it and ends stopped (P4)', async (delayMs) => {
    const manager = manage({ command: gatewayCommand('slow-boot=100') });
    const pids = new Set<number>();
    manager.on('status', ({ pid }) => pid !== undefined && pids.add(pid));
    const starting = failure(manager.start());
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    await manager.stop();
    expect((await starting).code).toBe('aborted');
    expect(manager.getStatus().state).toBe('stopped');
    for (const pid of pids) expect(lives(pid)).toBe(false);
  });

  it('stop of a stopped gateway resolves as joined', async () => {
    expect(await manage().stop()).toMatchObject({ outcome: 'joined' });
  });

  it('start right after stop ends running with a new process', async () => {
    const manager = manage();
    await manager.start();
    const before = pidOf(manager);
    const [stopped, started] = await Promise.all([manager.stop(), manager.start()]);
    expect(stopped.outcome).toBe('superseded');
    expect(started.outcome).toBe('applied');
    expect(manager.getStatus().state).toBe('running');
    expect(lives(pidOf(manager))).toBe(true);
    if (pidOf(manager) !== before) expect(lives(before)).toBe(false);
  });

  it('stop rejects requests that wait for an answer with the outcome unknown', async () => {
    // The first reply proves readiness; the second, to our request, never comes.
    const manager = manage({ command: gatewayCommand('drop-replies=every=2') });
    await manager.start();
    const asked = failure(manager.rpc('cron.run', { jobId: 'x' }));
    await manager.stop();
    expect((await asked).outcome).toBe('unknown');
  });
});

describe('restart', () => {
  it('restart resolves with a new pid once the old process is dead (P3)', async () => {
    const manager = manage();
    await manager.start();
    const before = pidOf(manager);
    const result = await manager.restart();
    expect(result).toMatchObject({ outcome: 'applied', previousPid: before });
    expect(result.pid).not.toBe(before);
    expect(lives(before)).toBe(false);
    expect(result.pid !== undefined && lives(result.pid)).toBe(true);
  });

  it('restart of a stopped gateway starts it', async () => {
    const manager = manage();
    expect(await manager.restart()).toMatchObject({ outcome: 'applied' });
    expect(manager.getStatus().state).toBe('running');
  });

  it('a stop that supersedes a restart also aborts the start that the restart superseded', async () => {
    const manager = manage();
    const started = failure(manager.start());
    const restarted = failure(manager.restart());
    const { outcome } = await manager.stop();
    expect([(await started).code, (await restarted).code, outcome]).toEqual(['aborted', 'aborted', 'applied']);
  });

  it('a restart supersedes a start, which resolves with the outcome of the restart', async () => {
    const manager = manage();
    const [started, restarted] = await Promise.all([manager.start(), manager.restart()]);
    expect([started.outcome, restarted.outcome]).toEqual(['superseded', 'applied']);
    expect(started.pid).toBe(restarted.pid);
  });
});

describe('a killed gateway', () => {
  it('a killed gateway is restarted, counted and reported with its exit cause', async () => {
    const manager = manage();
    await manager.start();
    const before = pidOf(manager);
    const reported = new Set<string | undefined>();
    manager.on('status', ({ problem }) => reported.add(problem?.code));
    process.kill(before, 'SIGKILL');
    await manager.waitFor('reconnecting');
    const status = await manager.waitFor('running');
    // The socket closes before the exit is noticed; the gap must not count as an unresponsive gateway.
    expect(reported).not.toContain('gateway.unresponsive');
    expect(status).toMatchObject({ restarts: 1, lastExit: { signal: 'SIGKILL', cause: 'killed' } });
    expect(status.pid).not.toBe(before);
    expect(await manager.rpc('system.health')).toMatchObject({ ok: true });
  });

  it('a gateway that keeps crashing ends in crash.loop with its last lines, and a start tries again at once', async () => {
    const manager = manage({
      command: gatewayCommand('exit-after=700:9', 'stderr-text=cannot go on'),
      crash: { maxCrashes: 1 },
    });
    await manager.start();
    const status = await manager.waitFor('error');
    expect(status.problem?.code).toBe('crash.loop');
    expect(status.problem?.detail).toContain('cannot go on');
    const generation = status.generation;
    await manager.start().catch(() => undefined);
    expect(manager.getStatus().generation).toBe(generation + 1);
  });

  it('waiting requests fail once a crashed gateway is not restarted any more', async () => {
    const manager = manage({ crash: { maxCrashes: 0 } });
    await manager.start();
    const waits = { whenDisconnected: 'wait' } as const;
    const early = new Promise<GatewayError>((resolve) => {
      const off = manager.on('transition', ({ to }) => {
        off();
        expect(to).toBe('reconnecting');
        resolve(failure(manager.rpc('system.health', {}, waits)));
      });
    });
    process.kill(pidOf(manager), 'SIGKILL');
    expect(await early).toMatchObject({ code: 'crash.loop', outcome: 'not-sent' });
    expect(await failure(manager.rpc('system.health', {}, waits))).toMatchObject({ code: 'crash.loop' });
    await manager.start();
    expect(await manager.rpc('system.health')).toMatchObject({ ok: true });
  });
});

describe('an attached gateway', () => {
  it('an attached gateway is found, used, left alone by stop, and not restarted (P11)', async () => {
    const port = await freePort();
    const foreign = await foreignGateway(port);
    try {
      const manager = manage({ mode: 'auto', port });
      await manager.start();
      expect(manager.getStatus()).toMatchObject({ state: 'running', ownership: 'attached' });
      expect(manager.getStatus().pid).toBeUndefined();
      expect(await manager.rpc('system.health')).toMatchObject({ ok: true });
      expect((await failure(manager.restart())).code).toBe('gateway.not-owned');
      await manager.stop();
      expect(manager.getStatus().state).toBe('stopped');
      expect(lives(foreign.pid)).toBe(true);
    } finally {
      await foreign.end();
    }
  });
});

describe('events', () => {
  it('states change along the documented edges only, from start over a crash to stop', async () => {
    const manager = manage();
    const seen: GatewayStatus['state'][] = ['stopped'];
    manager.on('transition', ({ from, to }) => {
      expect(from).toBe(seen.at(-1));
      expect(stateEdges[from]).toContain(to);
      seen.push(to);
    });
    await manager.start();
    process.kill(pidOf(manager), 'SIGKILL');
    await manager.waitFor('reconnecting');
    await manager.waitFor('running');
    await manager.restart();
    await manager.stop();
    expect(seen).toEqual([
      'stopped',
      'starting',
      'running',
      'reconnecting',
      'running',
      'stopping',
      'starting',
      'running',
      'stopping',
      'stopped',
    ]);
  });

  it('a throwing listener disturbs neither other listeners nor the manager', async () => {
    const manager = manage();
    let heard = 0;
    manager.on('status', () => {
      throw new Error('a listener with a bug');
    });
    manager.on('status', () => {
      heard += 1;
    });
    await manager.start();
    expect(heard).toBeGreaterThan(0);
    expect(manager.getStatus().state).toBe('running');
  });

  it('a chat reply arrives as chat:message events and as raw notifications', async () => {
    const manager = manage();
    await manager.start();
    const updates = manager.events('chat:message');
    const { runId } = await manager.rpc('chat.send', { message: 'hello there' });
    let text = '';
    for await (const update of updates) {
      if (update.runId !== runId) continue;
      text = update.text;
      if (update.state === 'final') break;
    }
    expect(text).toContain('hello there');
  });

  it('concurrent requests each get their own answer', async () => {
    const manager = manage();
    await manager.start();
    const jobs = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        manager.rpc('cron.create', {
          name: `job ${String(index)}`,
          schedule: '0 0 1 1 *',
          message: 'm',
          enabled: false,
        }),
      ),
    );
    expect(jobs.map((job) => job.name)).toEqual(Array.from({ length: 200 }, (_, index) => `job ${String(index)}`));
  });

  it('an error of the gateway keeps its code and data', async () => {
    const manager = manage();
    await manager.start();
    const error = await failure(manager.rpc('channels.get', { channelId: 'nowhere' }));
    expect(error).toMatchObject({ code: 'rpc.error', outcome: 'answered', rpc: { code: -32004 } });
    expect((await failure(manager.rpc('no.such.method'))).code).toBe('method.not-offered');
  });
});

describe('waitFor', () => {
  it('waitFor rejects at its timeout or when aborted, and leaves no listener behind', async () => {
    const manager = manage();
    expect((await failure(manager.waitFor('running', { timeoutMs: 10 }))).code).toBe('request.timeout');
    const controller = new AbortController();
    const waiting = failure(manager.waitFor('running', { signal: controller.signal }));
    controller.abort();
    expect((await waiting).code).toBe('request.cancelled');
    expect((await failure(manager.waitFor('running', { signal: AbortSignal.abort() }))).code).toBe('request.cancelled');
  });
});

describe('options', () => {
  it.each<[unknown, string]>([
    [{ port: -1 }, 'port'],
    [{ port: 70_000 }, 'port'],
    [{ port: 1.5 }, 'port'],
    [{ port: '18789' }, 'port'],
    [{ command: [] }, 'command'],
    [{ command: [''] }, 'command'],
    [{ command: 'openclaw gateway run' }, 'command'],
    [{ command: ['sleep', 5] }, 'command.1'],
    [{ mode: 'bogus' }, 'mode'],
    [{ dialect: 'x' }, 'dialect'],
    [{ mode: 'attach', url: 'http://x/' }, 'url'],
    [{ url: 'ws://x/' }, 'url'],
    [{ reconnect: { baseDelayMs: -1 } }, 'reconnect.baseDelayMs'],
    [{ reconnect: { baseDelay: 1 } }, 'reconnect.baseDelay'],
    [{ startup: { timeoutMs: 'x' } }, 'startup.timeoutMs'],
    [{ request: { timeoutMs: Number.NaN } }, 'request.timeoutMs'],
    [{ request: { timeoutMs: 0 } }, 'request.timeoutMs'],
    [{ request: { maxInFlight: 0 } }, 'request.maxInFlight'],
    [{ request: { maxInFlight: 2 ** 33 } }, 'request.maxInFlight'],
    [{ heartbeat: { intervalMs: 0 } }, 'heartbeat.intervalMs'],
    [{ bogus: 1 }, 'bogus'],
    [7, ''],
  ])('the options %j are refused by name', (options, name) => {
    const make: (options: unknown) => unknown = (options) => Reflect.construct(GatewayManager, [options]);
    expect(() => make(options)).toThrow(name);
    expect(() => make(options)).toThrow(GatewayError);
  });

  it('a manager stops at the end of its await using scope', async () => {
    let pid = 0;
    {
      await using manager = manage();
      await manager.start();
      pid = pidOf(manager);
    }
    expect(lives(pid)).toBe(false);
  });
});
