import fc from 'fast-check';
import { expect, test } from 'vitest';
import { supervisorEdges } from '../../src/supervisor/state.ts';
import type { SimulatedProgram } from '../../src/testing/simulated-program.ts';
import { healthy, PORT, World } from './world.ts';

/** How a program may behave that can be ended at all. */
const program: fc.Arbitrary<SimulatedProgram> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(healthy) },
  {
    weight: 4,
    arbitrary: fc.record(
      {
        spawnDelayMs: fc.integer({ min: 0, max: 300 }),
        listen: fc.record({ port: fc.constant(PORT), afterMs: fc.integer({ min: 0, max: 2_000 }) }),
        exit: fc.record({
          afterMs: fc.integer({ min: 0, max: 3_000 }),
          code: fc.constantFrom(0, 1, 9, 78, 127, 134, 137, null),
        }),
        sigtermMs: fc.oneof(fc.integer({ min: 0, max: 3_000 }), fc.constant('never' as const)),
        sigkillMs: fc.integer({ min: 0, max: 200 }),
        watchesLifeline: fc.boolean(),
        children: fc.array(
          fc.record({ ownGroup: fc.boolean(), holdsPipes: fc.boolean(), sigkillMs: fc.integer({ min: 0, max: 100 }) }),
          { maxLength: 3 },
        ),
      },
      { requiredKeys: [] },
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('EAGAIN', 'ENOENT', 'EACCES', 'E2BIG')
      .map((code) => ({ spawnFailure: { code, message: `spawn ${code}` } })),
  },
);

type Act = (world: World) => unknown;
const mode = fc.constantFrom('drain', 'terminate', 'kill', undefined);

/** Pending intents. Those of a dead host never settle. */
class Answers {
  #open = new Set<Promise<unknown>>();

  get open(): number {
    return this.#open.size;
  }

  add(promise: Promise<unknown>): void {
    const waiting = this.#open;
    waiting.add(promise);
    void promise.then(() => waiting.delete(promise));
  }

  forget(): void {
    this.#open = new Set();
  }
}

function acts(answers: Answers): fc.Arbitrary<Act> {
  const named = (name: string, arbitrary: fc.Arbitrary<Act>) =>
    arbitrary.map((act) => Object.assign(act, { toString: () => name }));
  return fc.oneof(
    {
      weight: 6,
      arbitrary: named(
        'wait',
        fc.integer({ min: 0, max: 2_000 }).map(
          (ms): Act =>
            (w) =>
              w.clock.advance(ms),
        ),
      ),
    },
    {
      weight: 4,
      arbitrary: named(
        'moment',
        fc.integer({ min: 0, max: 30 }).map(
          (ms): Act =>
            (w) =>
              w.clock.advance(ms),
        ),
      ),
    },
    {
      weight: 3,
      arbitrary: named(
        'up',
        fc.constant((w: World) => answers.add(w.up())),
      ),
    },
    {
      weight: 3,
      arbitrary: named(
        'down',
        mode.map(
          (how): Act =>
            (w) =>
              answers.add(w.down(how)),
        ),
      ),
    },
    {
      weight: 3,
      arbitrary: named(
        'restart',
        mode.map(
          (how): Act =>
            (w) =>
              answers.add(w.restart(how)),
        ),
      ),
    },
    {
      weight: 3,
      arbitrary: named(
        'crash',
        fc.constantFrom(0, 1, 78, null).map(
          (code): Act =>
            (w) => {
              for (const info of w.machine.mains) w.machine.end(info.pid, code, code === null ? 'SIGKILL' : null);
            },
        ),
      ),
    },
    {
      weight: 1,
      arbitrary: named(
        'freeze',
        fc.constant((w: World) => {
          for (const info of w.machine.mains) w.machine.freeze(info.pid);
        }),
      ),
    },
    {
      weight: 1,
      arbitrary: named(
        'unresponsive',
        fc.integer({ min: 0, max: 2 }).map(
          (ago): Act =>
            (w) => {
              const { state } = w.supervisor;
              if ('launch' in state) w.supervisor.restartUnresponsive(state.launch - ago, 'silent');
            },
        ),
      ),
    },
    {
      weight: 1,
      arbitrary: named(
        'late reports',
        fc.constant((w: World) => {
          const { state } = w.supervisor;
          const launch = 'launch' in state ? state.launch - 1 : 0;
          w.supervisor.reportReady(launch);
          w.supervisor.reportDrained(launch);
        }),
      ),
    },
    {
      weight: 1,
      arbitrary: named(
        'port theft',
        fc.integer({ min: 1, max: 1_000 }).map(
          (ms): Act =>
            (w) => {
              if (w.machine.listener(PORT) !== undefined) return;
              const thief = w.machine.addForeign({ port: PORT });
              w.clock.happen(ms, () => w.machine.end(thief.pid, 0, null));
            },
        ),
      ),
    },
    {
      weight: 1,
      arbitrary: named(
        'host dies',
        fc.constant((w: World) => {
          answers.forget();
          w.replaceHost();
        }),
      ),
    },
  );
}

interface Story {
  readonly programs: readonly SimulatedProgram[];
  readonly lifeline: boolean;
  readonly drainMs: number;
  readonly seed: number;
}
const story = fc.record<Story>({
  programs: fc.array(program, { minLength: 1, maxLength: 6 }),
  lifeline: fc.boolean(),
  drainMs: fc.constantFrom(0, 0, 500),
  seed: fc.integer({ min: 1, max: 1_000 }),
});

/** A world that checks rule 2 at every spawn: no other gateway may run. */
function worldOf({ programs, lifeline, drainMs, seed }: Story): World {
  const world: World = new World({
    seed,
    behave: (spawn) => {
      expect(world.machine.ours).toEqual([]);
      return programs[(spawn - 1) % programs.length] ?? healthy;
    },
    plan: {
      lifeline,
      startup: { timeoutMs: 5_000 },
      stop: { graceMs: 1_000, drainMs, killMs: 2_000 },
      crash: { stableAfterMs: 2_000 },
    },
  });
  return world;
}

function checkTransitions(world: World): void {
  for (const { from, to } of world.transitions) {
    if (from.name !== to.name) expect(supervisorEdges[from.name]).toContain(to.name);
    if (to.name === 'backoff' && from.name !== 'backoff') {
      expect(to.respawnAt - to.since).toBeGreaterThanOrEqual(250);
      expect(to.respawnAt - to.since).toBeLessThanOrEqual(30_000);
    }
  }
}

const runs = { numRuns: Number(process.env['SIM_RUNS'] ?? 400) };

test('whatever happens: one process at most, no stranger signalled, every intent answered, and down leaves nothing', async () => {
  const answers = new Answers();
  await fc.assert(
    fc.asyncProperty(story, fc.array(acts(answers), { minLength: 1, maxLength: 30 }), async (its, doings) => {
      answers.forget();
      const world = worldOf(its);
      for (const act of doings) {
        await act(world);
        expect(world.machine.mains.length).toBeLessThanOrEqual(1);
      }
      // A new host finds the orphan of its predecessor with its next request.
      answers.add(world.up());
      await world.clock.advance(1);
      let outcome: string | undefined;
      void world.down().then((result) => {
        outcome = result.outcome;
      });
      await world.clock.advance(20_000);
      expect(outcome).toBe('idle');
      expect(world.supervisor.state.name).toBe('idle');
      expect(world.machine.ours).toEqual([]);
      expect([answers.open, world.timers, world.machine.record]).toEqual([0, 0, undefined]);
      expect(world.machine.signals.filter(({ ours }) => !ours)).toEqual([]);
      checkTransitions(world);
    }),
    runs,
  );
});

test('the gateway runs after the faults cease and a user starts it', async () => {
  const answers = new Answers();
  await fc.assert(
    fc.asyncProperty(story, fc.array(acts(answers), { minLength: 1, maxLength: 20 }), async (its, doings) => {
      let well = false;
      const world: World = new World({
        seed: its.seed,
        behave: (spawn) => (well ? healthy : (its.programs[(spawn - 1) % its.programs.length] ?? healthy)),
        plan: { lifeline: its.lifeline, startup: { timeoutMs: 5_000 }, stop: { graceMs: 1_000, killMs: 2_000 } },
      });
      for (const act of doings) await act(world);
      well = true;
      await world.clock.advance(1_000);
      let outcome: string | undefined;
      void world.restart().then((result) => {
        outcome = result.outcome;
      });
      // Ending the sick one (start-up, grace, kill), then the boot of a well one.
      await world.clock.advance(12_000);
      expect(outcome).toBe('running');
      expect(world.machine.mains.map(({ pid }) => pid)).toEqual([world.supervisor.child?.pid]);
    }),
    runs,
  );
});

test('the same story plays the same way twice', async () => {
  const answers = new Answers();
  await fc.assert(
    fc.asyncProperty(story, fc.array(acts(answers), { minLength: 1, maxLength: 20 }), async (its, doings) => {
      const play = async () => {
        const world = worldOf(its);
        for (const act of doings) await act(world);
        await world.clock.advance(0);
        return [[...world.states], [...world.machine.signals], [...world.supervisor.exits]];
      };
      expect(await play()).toEqual(await play());
    }),
    { numRuns: 100 },
  );
});
