import type { Action, Plan } from './plan.ts';
import { type GatewayProgram, healthy, PORT } from './program.ts';

const start = { do: 'start' } as const;
const stop = { do: 'stop' } as const;
const forceStop = { do: 'force-stop' } as const;
const restart = { do: 'restart' } as const;
const forceRestart = { do: 'force-restart' } as const;
const crash = { do: 'exit', code: 1 } as const;
const hostDies = { do: 'host-dies' } as const;
const pass = (ms: number): Action => ({ do: 'pass', ms });
const slowDisk = (delayMs: number): Action => ({ do: 'disk', delayMs, fails: false });

const slowSpawn: GatewayProgram = { ...healthy, spawnDelayMs: 300 };
const spawnFails: GatewayProgram = {
  ...healthy,
  spawnDelayMs: 300,
  spawnFailure: { code: 'EAGAIN', message: 'spawn EAGAIN' },
};
/** A gateway whose end takes a while to prove: a helper outlives it. */
const slowEnd: GatewayProgram = { ...healthy, children: [{ ownGroup: true, holdsPipes: true, sigkillMs: 400 }] };
/** A helper in the hands of the kernel for longer than anybody waits for SIGKILL. */
const unkillable: GatewayProgram = { ...healthy, children: [{ ownGroup: true, holdsPipes: true, sigkillMs: 6_500 }] };

interface Directed {
  readonly programs?: readonly GatewayProgram[];
  readonly drainMs?: number;
  readonly actions: readonly Action[];
}

/** A respawn whose preflight takes as long as its disk. */
const slowRespawn = (...then: readonly Action[]): Directed => ({
  actions: [start, pass(500), slowDisk(300), crash, pass(400), ...then, pass(3_000)],
});
const duringPreflight = (...requests: readonly Action[]): Directed => ({
  actions: [slowDisk(300), start, pass(10), ...requests.flatMap((request) => [request, pass(5)]), pass(3_000)],
});
/** A request that the gateway works on for as long as it is let. */
const unanswered: readonly Action[] = [
  { do: 'behavior', behavior: 'silent' },
  { do: 'request', kind: 'plain', waits: false, timeoutMs: 5_000, bytes: 10 },
  pass(5),
];
const freeze = { do: 'freeze' } as const;
/** A gateway that announced its own restart, and is away. */
const duringOwnRestart = (action: Action): Directed => ({
  actions: [
    start,
    pass(500),
    { do: 'restart-itself', downMs: 2_000, expectedMs: 1_500 },
    pass(5),
    action,
    pass(20_000),
  ],
});
const duringReplace = (...then: readonly Action[]): Directed => ({
  programs: [slowEnd],
  actions: [start, pass(500), { do: 'deaf' }, hostDies, start, pass(15), crash, pass(400), ...then, pass(3_000)],
});
const duringRecovery = (...then: readonly Action[]): Directed => ({
  programs: [slowEnd],
  actions: [start, pass(6_000), crash, pass(50), ...then, pass(3_000)],
});

const schedules: readonly Directed[] = [
  ...[start, stop, forceStop, restart, forceRestart].map((action) => slowRespawn(action)),
  duringPreflight(forceRestart),
  duringPreflight(stop, { do: 'prepare', delayMs: 0, fails: true }, start),
  duringPreflight(stop, { do: 'prepare', delayMs: 100, fails: false }, start, forceStop),
  duringPreflight(stop, forceRestart),
  duringPreflight(stop, start, forceStop),
  { actions: [slowDisk(6_500), start, pass(10), restart, pass(20_000)] },
  {
    programs: [healthy, { ...healthy, listen: { port: PORT, afterMs: 3_000 } }],
    actions: [start, pass(500), crash, pass(100), { do: 'squat', as: 'gateway', ms: 9_000 }, pass(6_000)],
  },
  { programs: [{ ...healthy, startingMs: 4_000 }], actions: [start, pass(500), hostDies, start, pass(6_000)] },
  { actions: [start, pass(500), { do: 'freeze' }, hostDies, start, pass(9_000)] },
  {
    actions: [
      start,
      pass(500),
      { do: 'restart-itself', downMs: 6_000 },
      pass(2),
      { do: 'squat', as: 'gateway', ms: 3_000 },
      pass(5_000),
    ],
  },
  ...[stop, forceStop, restart, forceRestart, crash, freeze].map((action) => duringOwnRestart(action)),
  { actions: [start, pass(500), freeze, pass(30_000)] },
  {
    actions: [
      start,
      pass(500),
      { do: 'deaf' },
      { do: 'squat', as: 'gateway', ms: 9_000 },
      { do: 'reset' },
      pass(5_000),
    ],
  },
  duringOwnRestart({ do: 'squat', as: 'gateway', ms: 3_000 }),
  { drainMs: 500, actions: [start, pass(500), ...unanswered, stop, pass(50), forceStop, pass(3_000)] },
  { drainMs: 500, actions: [start, pass(500), ...unanswered, stop, pass(3_000)] },
  { programs: [slowEnd], actions: [start, pass(30), crash, pass(50), restart, pass(3_000)] },
  { actions: [start, pass(500), slowDisk(6_500), crash, pass(20_000)] },
  { programs: [healthy, slowSpawn], actions: [start, pass(500), crash, pass(150), start, pass(3_000)] },
  { programs: [slowSpawn], actions: [slowDisk(2_450), start, pass(9_000)] },
  {
    programs: [healthy, slowSpawn],
    actions: [start, pass(500), slowDisk(1_200), crash, pass(9_000), slowDisk(2_450), crash, pass(20_000)],
  },
  { actions: [start, pass(500), crash, pass(30), start, pass(3_000)] },
  {
    actions: [
      start,
      pass(500),
      { do: 'deaf' },
      hostDies,
      start,
      pass(15),
      { do: 'squat', as: 'gateway', ms: 4_000 },
      pass(3_000),
    ],
  },
  { actions: [start, pass(500), hostDies, slowDisk(200), start, pass(250), stop, pass(3_000)] },
  { actions: [start, pass(500), hostDies, slowDisk(200), start, pass(250), restart, pass(3_000)] },
  { programs: [unkillable], actions: [start, pass(500), hostDies, restart, pass(30), stop, pass(20_000)] },
  {
    programs: [unkillable],
    actions: [start, pass(500), hostDies, restart, pass(30), stop, pass(10), start, pass(20_000)],
  },
  { actions: [slowDisk(300), start, pass(10), stop, pass(10), start, pass(10), forceRestart, pass(3_000)] },
  { programs: [spawnFails, healthy], actions: [start, pass(100), stop, pass(3_000)] },
  { programs: [spawnFails, healthy], actions: [start, pass(100), restart, pass(3_000)] },
  ...[start, stop, forceStop, restart, forceRestart].map((action) => duringReplace(action)),
  {
    programs: [unkillable],
    actions: [start, pass(500), { do: 'deaf' }, hostDies, start, pass(15), crash, pass(20_000)],
  },
  { programs: [slowEnd], actions: [start, pass(30), crash, pass(50), forceRestart, pass(3_000)] },
  ...[start, restart, forceRestart].map((action) => duringRecovery(action)),
  { programs: [unkillable], actions: [start, pass(500), forceStop, pass(6_000), forceStop, pass(20_000)] },
  { programs: [unkillable], actions: [start, pass(6_000), crash, pass(20_000)] },
  { programs: [unkillable], actions: [start, pass(500), { do: 'exit', code: 78 }, pass(20_000)] },
];

/** A start that is planned while a respawn begins: it reaches the supervisor in whatever state that is in by then. */
const plannedDuringRespawn = Array.from({ length: 60 }, (_, index): Directed => {
  const slowBoot = { ...slowSpawn, listen: { port: PORT, afterMs: 500 } };
  const program = index % 2 === 0 ? slowBoot : { ...slowEnd, exit: { afterMs: 100, code: 1 } };
  const delayMs = 30 * index;
  return {
    programs: [program],
    actions: [
      start,
      pass(900),
      crash,
      pass(450),
      crash,
      pass(450),
      slowDisk(150),
      { do: 'prepare', delayMs, fails: false },
      start,
      pass(9_000),
    ],
  };
});

/** Schedules for pairs of state and event that random ones cover rarely. */
export const directedPlans: readonly Plan[] = [...schedules, ...plannedDuringRespawn].map(
  ({ programs = [healthy], drainMs = 0, actions }, index) => ({
    seed: index + 1,
    mode: 'supervise',
    port: 'fixed',
    dialect: 'jsonrpc',
    choice: 'jsonrpc',
    lifeline: false,
    drainMs,
    squatter: undefined,
    programs,
    actions,
  }),
);
