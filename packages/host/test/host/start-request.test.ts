import { GatewayError } from '@deskclaw/core';
import { describeProblem, type GatewayStatus, type LifecycleResult, type StartRequest } from '@deskclaw/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chooseGateway } from '../../src/host/launch-target.ts';
import { isIdle, type StartDeps, startAs } from '../../src/host/start-request.ts';

const stopped: GatewayStatus = {
  state: 'stopped',
  phase: 'idle',
  since: 0,
  ownership: 'none',
  health: 'unknown',
  generation: 0,
  host: '127.0.0.1',
  port: 18_789,
  url: 'ws://127.0.0.1:18789/ws',
  reconnectAttempts: 0,
  restarts: 0,
};

/** A manager whose start takes three steps: planning, a process, and an end that the test chooses. */
class Stage {
  status = stopped;
  request: StartRequest = {};
  starts = 0;
  isShuttingDown = false;
  readonly #listeners = new Set<(status: GatewayStatus) => void>();
  readonly #waiting: PromiseWithResolvers<LifecycleResult>[] = [];

  get deps(): StartDeps {
    return {
      manager: {
        getStatus: () => this.status,
        start: () => this.#start(),
        on: (_event, listener) => {
          const hear = listener as (status: GatewayStatus) => void;
          this.#listeners.add(hear);
          return () => this.#listeners.delete(hear);
        },
      },
      repeatedRequest: () => this.request,
      request: () => this.request,
      settings: () => ({}),
      choice: () => chooseGateway(this.request, {}),
      setRequest: (request) => {
        this.request = request;
      },
      isShuttingDown: () => this.isShuttingDown,
      clock: { now: () => 0, wallTime: () => 0, schedule: () => () => undefined },
    };
  }

  #start(): Promise<LifecycleResult> {
    const waiting = Promise.withResolvers<LifecycleResult>();
    this.#waiting.push(waiting);
    if (this.status.state !== 'starting') {
      this.starts += 1;
      this.#set({ ...this.status, state: 'starting', phase: 'preflight' });
    }
    return waiting.promise;
  }

  #set(status: GatewayStatus): void {
    this.status = status;
    for (const listener of [...this.#listeners]) listener(status);
  }

  spawn(): void {
    const { port = 18_789, path = '/ws' } = this.request;
    const url = `ws://127.0.0.1:${String(port)}${path}`;
    this.#set({ ...this.status, phase: 'waiting-ready', ownership: 'owned', pid: 100 + this.starts, port, url });
  }

  end(isRunning: boolean): void {
    const { pid: _, ...rest } = this.status;
    this.#set(isRunning ? { ...this.status, state: 'running' } : { ...rest, state: 'error' });
    for (const [index, { resolve, reject }] of this.#waiting.splice(0).entries()) {
      if (isRunning) resolve({ outcome: index === 0 ? 'applied' : 'joined', generation: this.starts });
      else reject(new GatewayError(describeProblem('port.in-use', { host: '127.0.0.1', port: 1 }, 0)));
    }
  }
}

async function codeOf(start: Promise<LifecycleResult>): Promise<string> {
  return start.then(
    ({ outcome }) => outcome,
    (error: unknown) => (error instanceof GatewayError ? `${error.code}: ${error.problem.detail}` : String(error)),
  );
}

const builtin = { gateway: 'builtin' } as const;

describe('starts that want different things at the same time', () => {
  test.each<[other: StartRequest]>([
    [{ ...builtin, port: 5_002 }],
    [{ command: ['/opt/gateway'], port: 5_001 }],
    [{ ...builtin, port: 5_001, path: '/other' }],
  ])('the first start wins, and a start that wants %j is told the pid of its process', async (other) => {
    const stage = new Stage();
    const first = codeOf(startAs(stage.deps, { ...builtin, port: 5_001, path: '/ws' }));
    const second = codeOf(startAs(stage.deps, other));
    const same = codeOf(startAs(stage.deps, { ...builtin, port: 5_001 }));
    stage.spawn();
    expect(await second).toMatch(/^gateway\.running-differently: .*\(pid 101, ws:\/\/127\.0\.0\.1:5001\/ws\)/);
    stage.end(true);
    expect([await first, await same, stage.starts, stage.request]).toEqual([
      'applied',
      'joined',
      1,
      { ...builtin, port: 5_001, path: '/ws' },
    ]);
  });

  test('a start that waited for another one starts its own gateway when that one came to nothing', async () => {
    const stage = new Stage();
    const first = codeOf(startAs(stage.deps, { ...builtin, port: 5_001 }));
    const second = codeOf(startAs(stage.deps, { ...builtin, port: 5_002 }));
    stage.end(false);
    expect(await first).toContain('port.in-use');
    await Promise.resolve();
    stage.spawn();
    stage.end(true);
    expect([await second, stage.starts, stage.status.port]).toEqual(['applied', 2, 5_002]);
  });

  test('a start that was taken back while it waited for another one begins nothing', async () => {
    const stage = new Stage();
    let isTakenBack = false;
    const assertWanted = () => {
      if (isTakenBack) throw new GatewayError(describeProblem('aborted', { detail: 'Cancelled.' }, 0));
    };
    const first = codeOf(startAs(stage.deps, { ...builtin, port: 5_001 }));
    const second = codeOf(startAs({ ...stage.deps, assertWanted }, { ...builtin, port: 5_002 }));
    isTakenBack = true;
    stage.end(false);
    expect(await first).toContain('port.in-use');
    expect(await second).toContain('aborted');
    expect([stage.starts, stage.request.port]).toEqual([1, 5_001]);
  });

  test('a start that joined a gateway whose port the settings chose is told if it wanted another port', async () => {
    const stage = new Stage();
    const first = codeOf(startAs(stage.deps, builtin));
    const second = codeOf(startAs(stage.deps, { ...builtin, port: 5_002 }));
    stage.spawn();
    stage.end(true);
    expect(await first).toBe('applied');
    expect(await second).toContain('gateway.running-differently');
  });

  test('whatever the requests, there is one start, and it is the one of the first request', async () => {
    const request = fc.record({ port: fc.constantFrom(0, 5_001, 5_002), path: fc.constantFrom('/', '/ws') });
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 2, maxLength: 5 }), fc.boolean(), async (requests, late) => {
        const stage = new Stage();
        const [wanted] = requests;
        const starts = requests.map((each) => codeOf(startAs(stage.deps, { ...builtin, ...each })));
        stage.spawn();
        if (late) starts.push(codeOf(startAs(stage.deps, { ...builtin, port: 6_000 })));
        stage.end(true);
        const ends = await Promise.all(starts);
        expect(ends.filter((end) => end === 'applied')).toHaveLength(1);
        expect(ends[0]).toBe('applied');
        expect(stage.starts).toBe(1);
        expect(stage.request).toEqual({ ...builtin, ...wanted });
        for (const end of ends.slice(1)) expect(end).toMatch(/^(joined$|gateway\.running-differently: .*pid 101)/);
      }),
    );
  });
});

test('a host that is about to end takes no start, and says that nothing was begun', async () => {
  const stage = new Stage();
  stage.isShuttingDown = true;
  await expect(startAs(stage.deps, builtin)).rejects.toMatchObject({ code: 'host.unreachable', outcome: 'not-sent' });
  expect(stage.starts).toBe(0);
});

test.each<[Partial<GatewayStatus>, boolean]>([
  [{ state: 'stopped' }, true],
  [{ state: 'error' }, true],
  [{ state: 'error', pid: 7 }, false],
  [{ state: 'starting' }, false],
  [{ state: 'stopping' }, false],
  [{ state: 'running', ownership: 'attached' }, false],
])('a host with a gateway that is %j is idle: %s', (status, expected) => {
  expect(isIdle({ getStatus: () => ({ ...stopped, ...status }) })).toBe(expected);
});
