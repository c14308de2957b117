import type { SeededRandom, SimulatedProgram } from '@deskclaw/core/testing';
import { makeOne, type Weighted } from '../weighted.ts';

export const PORT = 18_789;
const LISTENS_AFTER_MS = 50;

/** A gateway's process, and how the gateway in it answers early connections. */
export interface GatewayProgram extends SimulatedProgram {
  /**
   * Time from the start until the gateway accepts clients; until then it answers that it is starting (close 1013, HTTP
   * 503).
   */
  readonly startingMs?: number;
  /** The gateway never accepts a client: WebSocket upgrades hang. */
  readonly hangs?: boolean;
}

export const healthy: GatewayProgram = {
  spawnDelayMs: 2,
  listen: { port: PORT, afterMs: LISTENS_AFTER_MS },
  sigtermMs: 20,
};

const spawnFailures = ['EAGAIN', 'ENOENT', 'EACCES', 'E2BIG'];
const exitCodes = [0, 1, 9, 78, 127, 134, 137, null];

function listening(random: SeededRandom): Pick<GatewayProgram, 'spawnDelayMs' | 'listen' | 'sigtermMs'> {
  return {
    spawnDelayMs: random.integer(0, 300),
    listen: { port: PORT, afterMs: random.integer(0, 2_000) },
    sigtermMs: random.chance(0.2) ? 'never' : random.integer(0, 1_500),
  };
}

const programs: Weighted<GatewayProgram> = [
  [8, () => healthy],
  [4, listening],
  [
    2,
    (random) => ({
      ...listening(random),
      exit: { afterMs: random.integer(0, 6_000), code: random.pick(exitCodes), stderr: ['Error: it fell over'] },
      zombieMs: random.chance(0.3) ? random.integer(1, 400) : 0,
    }),
  ],
  [1, (random) => ({ ...listening(random), startingMs: random.integer(1, 9_000) })],
  [1, (random) => ({ ...listening(random), hangs: true })],
  [1, (random) => ({ spawnDelayMs: random.integer(0, 300), sigtermMs: 100 })],
  [
    2,
    (random) => ({
      ...listening(random),
      sigkillMs: random.integer(0, 200),
      watchesLifeline: random.chance(0.5),
      children: Array.from({ length: random.integer(1, 3) }, () => ({
        ownGroup: random.chance(0.5),
        holdsPipes: random.chance(0.5),
        sigkillMs: random.integer(0, 100),
      })),
    }),
  ],
  // In the kernel's hands for longer than anybody waits for SIGKILL.
  [0.5, (random) => ({ ...listening(random), sigtermMs: 'never', sigkillMs: random.integer(5_000, 12_000) })],
  [
    1,
    (random) => {
      const code = random.pick(spawnFailures);
      return { spawnFailure: { code, message: `spawn ${code}` } };
    },
  ],
];

export function makeProgram(random: SeededRandom): GatewayProgram {
  return makeOne(programs, random);
}
