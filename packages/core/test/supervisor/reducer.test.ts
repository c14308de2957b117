import { describe, expect, test } from 'vitest';
import type { SupervisorEvent } from '../../src/supervisor/event.ts';
import type { SupervisorPolicy } from '../../src/supervisor/launch-plan.ts';
import { reduce } from '../../src/supervisor/reducer.ts';
import type { SupervisorModel, SupervisorState } from '../../src/supervisor/state.ts';
import { child, eventTime, gone, modelIn, policyWith, problem } from './samples.ts';

const policy = policyWith();

type Timed = readonly [at: number, event: SupervisorEvent];

/** Runs events one after another, each at its time. */
function play(from: SupervisorModel, by: SupervisorPolicy, ...steps: readonly Timed[]): SupervisorModel {
  return steps.reduce((before, [at, event]) => reduce(before, event, eventTime(at), by).next, from);
}

function run(from: SupervisorModel, ...steps: readonly Timed[]): SupervisorModel {
  return play(from, policy, ...steps);
}

function stateNamed<N extends SupervisorState['name']>(model: SupervisorModel, name: N) {
  const { state } = model;
  if (state.name !== name) throw new Error(`expected ${name}, got ${state.name}`);
  return state as Extract<SupervisorState, { name: N }>;
}

const running = modelIn({ name: 'running', launch: 1, since: 1_000, child, adopted: false, bootMs: 10 });

function crashed(model: SupervisorModel, at: number, launch: number): SupervisorModel {
  return run(model, [at, { type: 'exited', launch }], [at, gone(launch, { cause: 'crash', wasReady: true })]);
}

/** Crashes right after each start until no respawn follows; answers how often it was respawned. */
function crashUntilDone(from: SupervisorModel): { readonly last: SupervisorModel; readonly delays: readonly number[] } {
  const delays: number[] = [];
  let now = 1_000;
  let model = from;
  for (let rounds = 0; rounds < 50; rounds += 1) {
    const { state } = model;
    if (state.name === 'failed') return { last: model, delays };
    if (state.name === 'backoff') {
      delays.push(state.respawnAt - state.since);
      now = state.respawnAt;
      model = run(model, [now, { type: 'deadline', deadline: now }]);
    } else if (state.name === 'preflight') {
      const { launch } = state;
      model = run(
        model,
        [now, { type: 'preflight-passed', launch }],
        [now, { type: 'spawned', launch, child }],
        [now, { type: 'ready', launch }],
      );
    } else if (state.name === 'running') {
      model = crashed(model, now, state.launch);
    } else throw new Error(`stuck in ${state.name}`);
  }
  throw new Error('it never gave up');
}

describe('start deadline', () => {
  const booting = modelIn({
    name: 'booting',
    launch: 1,
    since: 0,
    purpose: 'user',
    child,
    adopted: false,
    deadline: 120_000,
  });

  test('moves out when the gateway reports progress, and never back', () => {
    const after = run(booting, [100_000, { type: 'progress', launch: 1 }]);
    expect(stateNamed(after, 'booting').deadline).toBe(220_000);
    expect(stateNamed(run(after, [10, { type: 'progress', launch: 1 }]), 'booting').deadline).toBe(220_000);
  });

  test('tells how long it waited, what the last try met and what the gateway said last', () => {
    const after = run(
      booting,
      [1_000, { type: 'connect-error', launch: 1, text: 'HTTP 503' }],
      [120_000, { type: 'deadline', deadline: 120_000 }],
      [120_100, { type: 'exited', launch: 1 }],
      [120_101, gone(1, { cause: 'killed', lastLines: ['loading plugins'] })],
    );
    const { problem: reported } = stateNamed(after, 'failed');
    expect(reported.code).toBe('gateway.start-timeout');
    expect(reported.detail).toContain('HTTP 503');
    expect(reported.detail).toContain('loading plugins');
  });

  test('a start timeout of an automatic respawn counts as a failure and is retried', () => {
    const automatic = modelIn({ ...stateNamed(booting, 'booting'), purpose: 'automatic' }, { crashes: [0] });
    const after = run(
      automatic,
      [120_000, { type: 'deadline', deadline: 120_000 }],
      [120_100, { type: 'exited', launch: 1 }],
      [120_101, gone(1, { cause: 'killed' })],
    );
    expect(stateNamed(after, 'backoff').problem.code).toBe('gateway.start-timeout');
  });
});

describe('first failure', () => {
  const booting = modelIn({
    name: 'booting',
    launch: 1,
    since: 0,
    purpose: 'user',
    child,
    adopted: false,
    deadline: 120_000,
  });

  test.each(['crash', 'port-in-use', 'not-started', 'out-of-memory', 'killed', 'configuration', 'runtime'] as const)(
    'the first failure of a start that a user waits for is the answer: %s',
    (cause) => {
      const after = run(booting, [5, { type: 'exited', launch: 1 }], [6, gone(1, { cause })]);
      const { problem: reported } = stateNamed(after, 'failed');
      expect(reported.code).toBe('gateway.exited');
      expect(reported.detail).toContain('boom');
    },
  );

  test.each(['configuration', 'runtime', 'managed-elsewhere', 'newer-state'] as const)(
    'a failed automatic respawn is final where a retry cannot help: %s',
    (cause) => {
      const automatic = modelIn({ ...stateNamed(booting, 'booting'), purpose: 'automatic' });
      const after = run(automatic, [5, { type: 'exited', launch: 1 }], [6, gone(1, { cause })]);
      expect(stateNamed(after, 'failed').problem.code).toBe('gateway.exited');
    },
  );

  test.each(['crash', 'port-in-use', 'not-started', 'state-locked', 'out-of-memory', 'killed', 'clean'] as const)(
    'a failed automatic respawn is counted where a retry can help: %s',
    (cause) => {
      const automatic = modelIn({ ...stateNamed(booting, 'booting'), purpose: 'automatic' }, { crashes: [0] });
      const after = run(automatic, [5, { type: 'exited', launch: 1 }], [6, gone(1, { cause })]);
      expect(stateNamed(after, 'backoff').problem.code).toBe('gateway.exited');
    },
  );
});

describe('a restart that the gateway handed over', () => {
  const running = (announced?: 'stop' | 'restart') =>
    modelIn(
      {
        name: 'running',
        launch: 1,
        since: 0,
        child,
        adopted: false,
        bootMs: 5,
        ...(announced === undefined ? {} : { announced }),
      },
      { crashes: [1, 2, 3] },
    );
  const clean = gone(1, { code: 0, cause: 'clean', wasReady: true });
  const exit = (model: SupervisorModel, how = clean, claims = true): SupervisorModel =>
    play(model, policyWith({ claimsRestarts: claims }), [5, { type: 'exited', launch: 1 }], [6, how]);
  const answer = (accepted: boolean) =>
    ({ type: 'restart-claimed', launch: 1, claim: { accepted, detail: 'a sample' } }) as const;

  test.each([
    ['without an announcement', undefined],
    ['after an announced restart', 'restart'],
  ] as const)('an exit with success %s asks for the handoff, and an accepted one spends no crash budget', (_, said) => {
    const asked = exit(running(said));
    expect(stateNamed(asked, 'terminating').stage.step).toBe('claiming');
    const after = play(asked, policyWith({ claimsRestarts: true }), [7, answer(true)]);
    expect(stateNamed(after, 'preflight')).toMatchObject({ launch: 2, purpose: 'automatic' });
    expect(after.crashes).toEqual([1, 2, 3]);
    expect(after.restarts).toBe(1);
  });

  test('a handoff that is not accepted is judged as an exit: it counts, and a successor starts all the same', () => {
    const after = play(exit(running('restart')), policyWith({ claimsRestarts: true }), [7, answer(false)]);
    expect(after.crashes).toEqual([1, 2, 3, 7]);
    expect(stateNamed(after, 'backoff').problem.code).toBe('gateway.exited');
  });

  test.each<[string, SupervisorModel]>([
    ['an announced stop', exit(running('stop'))],
    ['a crash', exit(running(), gone(1, { code: 1, wasReady: true }))],
    ['a signal', exit(running(), gone(1, { code: null, signal: 'SIGKILL', cause: 'killed', wasReady: true }))],
    ['a program that hands nothing over', exit(running('restart'), clean, false)],
  ])('nothing is asked after %s', (_, after) => {
    expect(after.state.name).toBe('backoff');
    expect(after.crashes).toHaveLength(4);
  });

  test('an adopted process, whose exit code is unknown, is asked for', () => {
    const asked = exit(running('restart'), gone(1, { code: null, cause: 'crash', wasReady: true }));
    expect(stateNamed(asked, 'terminating').stage.step).toBe('claiming');
  });
});

describe('crash budget', () => {
  test('respawns at once, then ever later, and gives up after the sixth crash with the last exit', () => {
    const { last, delays } = crashUntilDone(running);
    expect(delays).toEqual([375, 750, 1_500, 3_000]);
    const { problem: reported } = stateNamed(last, 'failed');
    expect(reported.code).toBe('crash.loop');
    expect(reported.detail).toContain('6 crashes');
    expect(reported.detail).toContain('boom');
    expect(last.restarts).toBe(5);
  });

  test('a minute of running resets the crash budget', () => {
    const worn: SupervisorModel = { ...running, crashes: [1, 2, 3, 4, 5] };
    const steady = crashed(worn, 61_000, 1);
    expect(stateNamed(steady, 'preflight').purpose).toBe('automatic');
    expect(steady.crashes).toEqual([61_000]);
    expect(stateNamed(crashed(worn, 60_999, 1), 'failed').problem.code).toBe('crash.loop');
  });

  test('a user request resets the crash budget, even an exhausted one', () => {
    const { last } = crashUntilDone(running);
    for (const type of ['up', 'restart'] as const) {
      const event: SupervisorEvent = type === 'up' ? { type, generation: 2 } : { type, generation: 2, mode: 'drain' };
      const again = run(last, [9_000, event]);
      expect(again.crashes).toEqual([]);
      expect(stateNamed(again, 'preflight').purpose).toBe('user');
    }
  });

  test('restarts by the user do not count against the crash budget', () => {
    let model = running;
    for (let generation = 2; generation < 60; generation += 1) {
      const launch = generation - 1;
      model = run(
        model,
        [generation, { type: 'restart', generation, mode: 'drain' }],
        [generation, { type: 'exited', launch }],
        [generation, gone(launch, { cause: 'requested' })],
        [generation, { type: 'preflight-passed', launch: generation }],
        [generation, { type: 'spawned', launch: generation, child }],
        [generation, { type: 'ready', launch: generation }],
      );
      expect(model.state.name).toBe('running');
    }
    expect(model.crashes).toEqual([]);
    expect(model.restarts).toBe(0);
  });

  test('running out over a port says so: no crash is made up', () => {
    const refused = modelIn(
      { name: 'preflight', launch: 1, since: 0, purpose: 'automatic', deadline: 120_000 },
      { crashes: [1, 2, 3, 4, 5] },
    );
    const after = run(refused, [10, { type: 'preflight-refused', launch: 1, problem }]);
    expect(stateNamed(after, 'failed').problem).toBe(problem);
  });
});

describe('the problem of a launch that failed', () => {
  const booting: SupervisorState = {
    name: 'booting',
    launch: 1,
    since: 0,
    purpose: 'user',
    child,
    adopted: false,
    deadline: 120_000,
  };
  const preflight: SupervisorState = { name: 'preflight', launch: 1, since: 0, purpose: 'user', deadline: 120_000 };
  const due: SupervisorEvent = { type: 'deadline', deadline: 120_000 };
  const end = gone(1, { cause: 'killed', lastLines: ['the last line'] });
  const starved = [
    { ...booting, purpose: 'automatic' } as const,
    { name: 'running', launch: 1, since: 0, child, adopted: false, bootMs: 10 } as const,
  ];

  test.each<[string, SupervisorEvent, string, RegExp]>([
    ['exits', { type: 'exited', launch: 1 }, 'gateway.exited', /the last line/],
    [
      'does not answer',
      { type: 'unresponsive', launch: 1, detail: 'silent for 180 s' },
      'gateway.unresponsive',
      /180 s/,
    ],
    ['loses its port', { type: 'port-lost', launch: 1, problem }, problem.code, /a sample/],
  ])(
    'a gateway that %s is reported as such, to the user who waits and after a crash loop',
    (_what, event, code, detail) => {
      const after = run(modelIn(booting), [10, event], [20, { type: 'exited', launch: 1 }], [30, end]);
      const reported = stateNamed(after, 'failed').problem;
      expect([reported.code, reported.detail]).toEqual([code, expect.stringMatching(detail)]);
      for (const state of starved) {
        const model = modelIn(state, { crashes: [1] });
        const pause = stateNamed(run(model, [10, event], [20, { type: 'exited', launch: 1 }], [30, end]), 'backoff');
        expect([pause.problem.code, pause.problem.detail]).toEqual([code, expect.stringMatching(detail)]);
      }
    },
  );

  test.each<[string, SupervisorState, SupervisorEvent]>([
    ['the preflight', preflight, { type: 'preflight-cancelled', launch: 1 }],
    ['the spawn', { ...preflight, name: 'spawning' }, { type: 'spawn-failed', launch: 1, problem }],
  ])(
    'a start whose deadline passes during %s is reported as a start timeout with the time waited',
    (_what, state, ended) => {
      const { problem: reported } = stateNamed(run(modelIn(state), [120_000, due], [120_001, ended]), 'failed');
      expect(reported).toMatchObject({ code: 'gateway.start-timeout', at: eventTime(120_001).wallTime });
      expect(reported.detail).toContain('120 s');
    },
  );

  test('a gateway that was ready for less than a minute, or never, keeps the crashes before it', () => {
    const crashes = [1, 2];
    for (const state of [...starved, { ...booting, purpose: 'automatic' } as const]) {
      const after = run(
        modelIn(state, { crashes, repaired: true }),
        [10, { type: 'exited', launch: 1 }],
        [20, gone(1)],
      );
      expect([after.crashes, after.repaired]).toEqual([[1, 2, 20], true]);
    }
  });

  test('a gateway that was ready for a minute starts with no crashes, and may be repaired again', () => {
    const model = modelIn({ name: 'running', launch: 1, since: 0, child, adopted: false, bootMs: 10 });
    const worn = { ...model, crashes: [1, 2], repaired: true };
    const after = run(worn, [60_000, { type: 'exited', launch: 1 }], [60_010, gone(1)]);
    expect([after.crashes, after.repaired]).toEqual([[60_010], false]);
  });

  test('a crash loop names the number of crashes and how the last one ended', () => {
    const model = modelIn({ ...booting, purpose: 'automatic' }, { crashes: [1, 2, 3, 4, 5] });
    const { problem: reported } = stateNamed(run(model, [10, { type: 'exited', launch: 1 }], [20, end]), 'failed');
    expect(reported.code).toBe('crash.loop');
    expect(reported.detail).toMatch(/6 crashes/);
    expect(reported.detail).toContain('the last line');
  });
});

describe('repair of the configuration', () => {
  const repairing = policyWith({ repairs: true });
  const refuse = (from: SupervisorModel, launch: number) => {
    const exited = reduce(from, { type: 'exited', launch }, eventTime(5), repairing).next;
    return reduce(exited, gone(launch, { code: 78, cause: 'configuration' }), eventTime(6), repairing);
  };
  const boot = (from: SupervisorModel, launch: number) =>
    run(from, [7, { type: 'preflight-passed', launch }], [8, { type: 'spawned', launch, child }]);
  const booting = modelIn({
    name: 'booting',
    launch: 1,
    since: 0,
    purpose: 'user',
    child,
    adopted: false,
    deadline: 120_000,
  });
  const withRepair = (launch: number) => [{ type: 'preflight', launch, repair: true, adopt: true }];

  test('the repair is tried once, then the start fails', () => {
    const once = refuse(booting, 1);
    expect(once.effects).toEqual(withRepair(2));
    expect(stateNamed(once.next, 'preflight').purpose).toBe('user');
    const twice = refuse(boot(once.next, 2), 2);
    expect(stateNamed(twice.next, 'failed').problem.code).toBe('gateway.exited');
  });

  test('the repair is tried again after another user request', () => {
    const failed = refuse(boot(refuse(booting, 1).next, 2), 2).next;
    const again = boot(run(failed, [9, { type: 'up', generation: 2 }]), 3);
    expect(refuse(again, 3).effects).toEqual(withRepair(4));
  });

  test('the repair of a gateway that was ready for a minute begins without earlier crashes', () => {
    const worn: SupervisorModel = { ...running, crashes: [1, 2], repaired: true };
    const exited = reduce(worn, { type: 'exited', launch: 1 }, eventTime(61_000), repairing).next;
    const step = reduce(exited, gone(1, { cause: 'configuration' }), eventTime(61_010), repairing);
    expect([step.next.crashes, step.effects]).toEqual([[], withRepair(2)]);
  });

  test('the repair of a gateway that was running counts as recovery', () => {
    const step = refuse(running, 1);
    expect(step.effects).toEqual(withRepair(2));
    expect(stateNamed(step.next, 'preflight').purpose).toBe('automatic');
  });
});

describe('ending', () => {
  test('keeps the time it began, whatever rung it is on', () => {
    const asked = run(running, [2_000, { type: 'down', generation: 2, mode: 'drain' }]);
    const reaping = run(asked, [7_000, { type: 'deadline', deadline: 7_000 }]);
    expect(stateNamed(reaping, 'terminating').since).toBe(2_000);
  });

  test('without a drain begins with SIGTERM even when a drain is asked for', () => {
    const asked = run(running, [2_000, { type: 'down', generation: 2, mode: 'drain' }]);
    expect(stateNamed(asked, 'terminating').stage).toMatchObject({ step: 'sigterm-sent', deadline: 7_000 });
  });

  test('a stop that SIGKILL does not finish names the survivors, and is retried on request', () => {
    const stuck = run(
      running,
      [2_000, { type: 'down', generation: 2, mode: 'kill' }],
      [7_000, { type: 'stuck', launch: 1, survivors: ['gateway (pid 4711)'] }],
    );
    const failed = stateNamed(stuck, 'failed');
    expect(failed.problem.code).toBe('gateway.not-stopped');
    expect(failed.problem.detail).toContain('pid 4711');
    const again = run(stuck, [8_000, { type: 'down', generation: 3, mode: 'drain' }]);
    expect(stateNamed(again, 'terminating').stage.step).toBe('reaping');
    expect(stateNamed(run(again, [8_001, gone(1)]), 'idle').since).toBe(8_001);
  });

  test('a stop that SIGKILL does not finish completes once the survivors are gone', () => {
    const stuck = run(
      running,
      [2_000, { type: 'down', generation: 2, mode: 'kill' }],
      [7_000, { type: 'stuck', launch: 1, survivors: ['gateway (pid 4711)'] }],
    );
    expect(stateNamed(run(stuck, [60_000, gone(1)]), 'idle').since).toBe(60_000);
    expect(run(stuck, [60_000, gone(0)])).toEqual(stuck);
  });
});
