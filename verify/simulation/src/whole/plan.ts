import { SeededRandom } from '@deskclaw/core/testing';
import type { DialectChoice, DialectName, GatewayState } from '@deskclaw/protocol';
import {
  closeCodes,
  garbage,
  makeRequest,
  type PeerBehavior,
  peerBehaviors,
  type RequestAction,
} from '../connection/plan.ts';
import { makeOne, type Weighted } from '../weighted.ts';
import { type CallSite, callSites, type Errno, errnos } from './errno-faults.ts';
import { type GatewayProgram, makeProgram } from './program.ts';

/** Kinds of foreign processes on the port: an HTTP server, a server that never answers, a gateway that is not ours. */
export const squatters = ['http', 'mute', 'gateway'] as const;
export type Squatter = (typeof squatters)[number];

export const requestNames = ['start', 'stop', 'force-stop', 'restart', 'force-restart'] as const;
export type RequestName = (typeof requestNames)[number];

/** One action of the user, or one event in the world around the manager. */
export type Action =
  | { readonly do: 'pass'; readonly ms: number }
  | RequestAction
  | { readonly do: RequestName | 'reconnect-now' }
  /** Requests in one turn of the event loop. */
  | { readonly do: 'together'; readonly requestNames: readonly RequestName[] }
  /** A call made once, from the listener that receives this state. */
  | { readonly do: 'upon'; readonly state: GatewayState; readonly call: RequestName }
  /** How the next starts are planned. */
  | { readonly do: 'prepare'; readonly delayMs: number; readonly fails: boolean }
  | { readonly do: 'check-health' | 'notify' }
  | {
      readonly do: 'wait-for';
      readonly state: GatewayState;
      readonly timeoutMs: number;
      readonly abortAfterMs?: number;
    }
  | { readonly do: 'exit'; readonly code: number | null }
  /** `deaf`: it lives, and does not listen any more. */
  | { readonly do: 'freeze' | 'thaw' | 'busy' | 'deaf' | 'hear' | 'lose-helpers' }
  | { readonly do: 'restart-itself'; readonly downMs: number; readonly expectedMs?: number }
  | { readonly do: 'print'; readonly text: string }
  | { readonly do: 'squat'; readonly as: Squatter; readonly ms: number }
  | { readonly do: 'reuse-pid' }
  | { readonly do: 'disk'; readonly delayMs: number; readonly fails: boolean }
  /** The next calls of the system at this place fail; without `times`, all until faults cease. */
  | { readonly do: 'errno'; readonly site: CallSite; readonly code: Errno; readonly times?: number }
  | { readonly do: 'errno-ends' }
  | { readonly do: 'host-dies' }
  | { readonly do: 'reset' | 'lose-silently' | 'ignore-close' | 'announce' | 'refuse-token' | 'accept-token' }
  | { readonly do: 'close'; readonly code: number }
  | { readonly do: 'delays'; readonly minMs: number; readonly maxMs: number }
  | { readonly do: 'behavior'; readonly behavior: PeerBehavior }
  | { readonly do: 'garbage'; readonly text: string }
  | { readonly do: 'stand-still'; readonly ms: number; readonly monotonic: 'counted' | 'stopped' };

export interface Plan {
  readonly seed: number;
  readonly mode: 'auto' | 'supervise' | 'attach';
  readonly port: 'fixed' | 'chosen';
  readonly dialect: DialectName;
  readonly choice: DialectChoice;
  readonly lifeline: boolean;
  readonly drainMs: number;
  /** The foreign process on the port at the beginning. */
  readonly squatter: Squatter | undefined;
  /** How the first, second ... process behaves; then from the first again. */
  readonly programs: readonly GatewayProgram[];
  readonly actions: readonly Action[];
}

const awaited: readonly GatewayState[] = ['running', 'stopped', 'error', 'reconnecting'];
const states: readonly GatewayState[] = [...awaited, 'starting', 'stopping'];

const makers: Weighted<Action> = [
  [22, (random) => ({ do: 'pass', ms: Math.round(random.next() ** 4 * 12_000) })],
  [12, (random) => ({ do: 'pass', ms: random.integer(0, 80) })],
  [12, makeRequest],
  [7, () => ({ do: 'start' })],
  [4, () => ({ do: 'stop' })],
  [2, () => ({ do: 'force-stop' })],
  [4, () => ({ do: 'restart' })],
  [2, () => ({ do: 'force-restart' })],
  [2, (random) => ({ do: 'together', requestNames: Array.from({ length: 3 }, () => random.pick(requestNames)) })],
  [2, (random) => ({ do: 'upon', state: random.pick(states), call: random.pick(requestNames) })],
  [1, (random) => ({ do: 'prepare', delayMs: random.pick([0, 0, 10, 400]), fails: random.chance(0.3) })],
  [2, () => ({ do: 'reconnect-now' })],
  [1, () => ({ do: 'check-health' })],
  [1, () => ({ do: 'notify' })],
  [
    2,
    (random) => ({
      do: 'wait-for',
      state: random.pick(awaited),
      timeoutMs: random.pick([1, 100, 4_000]),
      ...(random.chance(0.3) ? { abortAfterMs: random.integer(0, 300) } : {}),
    }),
  ],
  [5, (random) => ({ do: 'exit', code: random.pick([0, 1, 78, 134, null]) })],
  [2, () => ({ do: 'freeze' })],
  [3, () => ({ do: 'thaw' })],
  [1, () => ({ do: 'busy' })],
  [1, () => ({ do: 'deaf' })],
  [1, () => ({ do: 'hear' })],
  [1, () => ({ do: 'lose-helpers' })],
  [
    2,
    (random) => ({
      do: 'restart-itself',
      downMs: random.integer(0, 4_000),
      ...(random.chance(0.7) ? { expectedMs: random.integer(0, 3_000) } : {}),
    }),
  ],
  [2, (random) => ({ do: 'print', text: random.pick(['listening', 'Error: token=', 'warn']) })],
  [2, (random) => ({ do: 'squat', as: random.pick(squatters), ms: random.integer(1, 8_000) })],
  [1, () => ({ do: 'reuse-pid' })],
  [1, (random) => ({ do: 'disk', delayMs: random.pick([0, 0, 0, 5, 200, 1_500, 6_500]), fails: random.chance(0.2) })],
  [
    2,
    (random) => ({
      do: 'errno',
      site: random.pick(callSites),
      code: random.pick(errnos),
      ...(random.chance(0.7) ? { times: random.integer(1, 5) } : {}),
    }),
  ],
  [1, () => ({ do: 'errno-ends' })],
  [2, () => ({ do: 'host-dies' })],
  [3, () => ({ do: 'reset' })],
  [2, () => ({ do: 'lose-silently' })],
  [1, () => ({ do: 'ignore-close' })],
  [2, () => ({ do: 'announce' })],
  [1, () => ({ do: 'refuse-token' })],
  [2, () => ({ do: 'accept-token' })],
  [3, (random) => ({ do: 'close', code: random.pick(closeCodes) })],
  [
    2,
    (random) => {
      const minMs = random.integer(0, 30);
      return { do: 'delays', minMs, maxMs: minMs + random.integer(0, 200) };
    },
  ],
  [3, (random) => ({ do: 'behavior', behavior: random.pick(peerBehaviors) })],
  [2, (random) => ({ do: 'garbage', text: random.pick(garbage) })],
  [
    1,
    (random) => ({
      do: 'stand-still',
      ms: random.integer(100, 60_000),
      monotonic: random.chance(0.5) ? 'counted' : 'stopped',
    }),
  ],
];

const modes: Weighted<Plan['mode']> = [
  [6, () => 'auto'],
  [3, () => 'supervise'],
  [1, () => 'attach'],
];

/** The same plan for the same seed, always. */
export function makePlan(seed: number): Plan {
  const random = new SeededRandom(seed);
  const dialect = random.chance(0.5) ? 'jsonrpc' : 'openclaw';
  const mode = makeOne(modes, random);
  const length = random.integer(3, 40);
  return {
    seed,
    mode,
    port: mode !== 'attach' && random.chance(0.1) ? 'chosen' : 'fixed',
    dialect,
    choice: random.chance(0.4) ? 'auto' : dialect,
    lifeline: random.chance(0.3),
    drainMs: random.pick([0, 0, 500]),
    squatter: random.chance(mode === 'attach' ? 0.8 : 0.1) ? random.pick(squatters) : undefined,
    programs: Array.from({ length: random.integer(1, 5) }, () => makeProgram(random)),
    actions: [{ do: 'start' }, ...Array.from({ length }, () => makeOne(makers, random))],
  };
}
