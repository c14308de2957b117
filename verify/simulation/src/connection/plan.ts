import { type LostWay, type Reachability, SeededRandom } from '@deskclaw/core/testing';
import type { DialectChoice, DialectName } from '@deskclaw/protocol';
import { makeOne, type Weighted } from '../weighted.ts';

/** How the gateway treats a request. `foreign` answers under ids that belong to nobody. */
export const peerBehaviors = ['polite', 'silent', 'late', 'twice', 'foreign', 'failing'] as const;
export type PeerBehavior = (typeof peerBehaviors)[number];

/** `plain` may not be sent twice; the others may. */
export const requestKinds = ['plain', 'idempotent', 'keyed'] as const;
export type RequestKind = (typeof requestKinds)[number];

export interface RequestAction {
  readonly do: 'request';
  readonly kind: RequestKind;
  readonly waits: boolean;
  readonly timeoutMs: number;
  readonly abortAfterMs?: number;
  readonly bytes: number;
}

/** One call on the connection, or one event in the world around it. */
export type Action =
  | { readonly do: 'pass'; readonly ms: number }
  | RequestAction
  | { readonly do: 'batch' | 'burst'; readonly size: number }
  | { readonly do: 'notify' }
  | { readonly do: 'connect'; readonly policy: 'booting' | 'steady' }
  | { readonly do: 'disconnect' | 'suspend' | 'reconnect-now' | 'retry-soon' }
  | { readonly do: 'wake'; readonly cause: 'wake' | 'network' }
  | { readonly do: 'reach'; readonly reachability: Reachability }
  | { readonly do: 'reset' | 'ignore-close' | 'freeze' | 'thaw' }
  | { readonly do: 'lose-silently'; readonly way: LostWay }
  | { readonly do: 'close'; readonly code: number }
  | { readonly do: 'notice'; readonly restartExpectedMs?: number }
  | { readonly do: 'delays'; readonly minMs: number; readonly maxMs: number; readonly bytesPerMs: number }
  | { readonly do: 'behavior'; readonly behavior: PeerBehavior }
  | { readonly do: 'garbage'; readonly text: string }
  | { readonly do: 'binary' | 'announce' | 'skip' | 'ask-us' | 'refuse-token' | 'accept-token' }
  | { readonly do: 'stand-still'; readonly ms: number; readonly monotonic: 'counted' | 'stopped' };

export interface Plan {
  readonly seed: number;
  readonly dialect: DialectName;
  /** Dialect option of the connection: a dialect, or `auto`. */
  readonly choice: DialectChoice;
  readonly actions: readonly Action[];
}

export const closeCodes = [1000, 1001, 1002, 1006, 1008, 1011, 1012, 1013, 3000, 4000, 4401, 4429];

export const garbage = [
  '',
  'null',
  '[]',
  '{}',
  '[1,2,3]',
  '{"jsonrpc":"2.0"}',
  '{"jsonrpc":"2.0","id":99999998}',
  '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error"}}',
  '{"jsonrpc":"2.0","id":{},"result":1}',
  '{"jsonrpc":"2.0","id":99999999,"result":"of nobody"}',
  '{"jsonrpc":"2.0","method":7}',
  '{"jsonrpc":"2.0","method":"$/progress","params":{"token":1}}',
  '{"type":"res","id":"invalid","ok":false,"error":{"code":"INVALID_REQUEST","message":"no"}}',
  '{"type":"res","id":"007","ok":true}',
  '{"type":"event","event":"x","seq":"y"}',
  '{"type":"event"}',
  '\u0000',
  '{"jsonrpc":"2.0","id":1,"result":',
  '[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[',
];

const lostWays: readonly LostWay[] = ['both', 'both', 'to-peer', 'to-us'];
const reachabilities: readonly Reachability[] = ['open', 'open', 'refused', 'unanswered', 'not-websocket'];

export function makeRequest(random: SeededRandom): RequestAction {
  return {
    do: 'request',
    kind: random.pick(requestKinds),
    waits: random.chance(0.5),
    timeoutMs: random.pick([50, 500, 5_000]),
    ...(random.chance(0.2) ? { abortAfterMs: random.integer(0, 300) } : {}),
    bytes: random.chance(0.05) ? random.integer(1_000, 60_000) : 10,
  };
}

/** Weighted, so that most of a run is ordinary life and the rest is trouble. */
const makers: Weighted<Action> = [
  [20, (random) => ({ do: 'pass', ms: Math.round(random.next() ** 4 * 8_000) })],
  [10, (random) => ({ do: 'pass', ms: random.integer(0, 5) })],
  [25, makeRequest],
  [2, (random) => ({ do: 'batch', size: random.integer(1, 5) })],
  [2, (random) => ({ do: 'burst', size: random.integer(5, 30) })],
  [2, () => ({ do: 'notify' })],
  [8, (random) => ({ do: 'connect', policy: random.chance(0.3) ? 'booting' : 'steady' })],
  [1, () => ({ do: 'disconnect' })],
  [2, () => ({ do: 'suspend' })],
  [2, () => ({ do: 'reconnect-now' })],
  [2, (random) => ({ do: 'wake', cause: random.pick(['wake', 'network']) })],
  [3, () => ({ do: 'retry-soon' })],
  [6, (random) => ({ do: 'reach', reachability: random.pick(reachabilities) })],
  [5, () => ({ do: 'reset' })],
  [4, (random) => ({ do: 'lose-silently', way: random.pick(lostWays) })],
  [1, () => ({ do: 'ignore-close' })],
  [2, () => ({ do: 'freeze' })],
  [3, () => ({ do: 'thaw' })],
  [4, (random) => ({ do: 'close', code: random.pick(closeCodes) })],
  [2, (random) => ({ do: 'notice', ...(random.chance(0.5) ? { restartExpectedMs: random.integer(0, 3_000) } : {}) })],
  [
    3,
    (random) => {
      const minMs = random.integer(0, 30);
      const bytesPerMs = random.chance(0.3) ? random.integer(1, 50) : Number.POSITIVE_INFINITY;
      return { do: 'delays', minMs, maxMs: minMs + random.integer(0, 200), bytesPerMs };
    },
  ],
  [6, (random) => ({ do: 'behavior', behavior: random.pick(peerBehaviors) })],
  [4, (random) => ({ do: 'garbage', text: random.pick(garbage) })],
  [1, () => ({ do: 'binary' })],
  [3, () => ({ do: 'announce' })],
  [1, () => ({ do: 'skip' })],
  [2, () => ({ do: 'ask-us' })],
  [1, () => ({ do: 'refuse-token' })],
  [2, () => ({ do: 'accept-token' })],
  [
    2,
    (random) => ({
      do: 'stand-still',
      ms: random.integer(100, 100_000),
      monotonic: random.chance(0.5) ? 'counted' : 'stopped',
    }),
  ],
];

/** The same plan for the same seed, always. */
export function makePlan(seed: number): Plan {
  const random = new SeededRandom(seed);
  const dialect = random.chance(0.5) ? 'jsonrpc' : 'openclaw';
  const length = random.integer(5, 50);
  return {
    seed,
    dialect,
    choice: random.chance(0.4) ? 'auto' : dialect,
    actions: [{ do: 'connect', policy: 'steady' }, ...Array.from({ length }, () => makeOne(makers, random))],
  };
}
