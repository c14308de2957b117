import type { SeededRandom } from '@deskclaw/core/testing';

/** Way to get a new gateway process: a crash and the respawn after it, or a user request. */
export type Turn = 'crash' | 'restart' | 'stop and start';
export type UserCall = 'start' | 'stop' | 'restart' | 'stop --force' | 'restart --force';

/** One fault with all its parameters. Durations in ms. */
export type Fault =
  | { readonly kind: 'gateway killed' }
  /** SIGSTOP, then SIGCONT before any timeout declares the process unresponsive. */
  | { readonly kind: 'frozen briefly'; readonly forMs: number }
  /** SIGSTOP for ever: only the liveness ladder helps. */
  | { readonly kind: 'frozen for ever' }
  /** A stranger listens on the port of a gateway that the user stopped. */
  | { readonly kind: 'port taken while stopped'; readonly forMs: number }
  /** A stranger tries to be quicker than the respawn. */
  | { readonly kind: 'port raced for'; readonly forMs: number }
  /** The next process does not come up, or not soon. */
  | { readonly kind: 'ends at boot'; readonly code: number; readonly turn: Turn }
  | { readonly kind: 'boots slowly'; readonly forMs: number; readonly turn: Turn }
  | { readonly kind: 'never ready'; readonly turn: Turn }
  /** The next process comes up and is bad, for so long; then the turn ends it. */
  | { readonly kind: 'leaves grandchildren'; readonly forMs: number; readonly turn: Turn }
  | { readonly kind: 'ignores SIGTERM'; readonly forMs: number }
  | { readonly kind: 'sends garbage'; readonly forMs: number; readonly turn: Turn }
  | { readonly kind: 'flaps'; readonly everyMs: number; readonly forMs: number; readonly turn: Turn }
  | { readonly kind: 'drops replies'; readonly every: number; readonly forMs: number; readonly turn: Turn }
  | { readonly kind: 'restarts in place'; readonly afterMs: number; readonly forMs: number }
  | { readonly kind: 'floods its output'; readonly bytes: number; readonly forMs: number; readonly turn: Turn }
  /** The disk of state, log and ownership is full while it crashes. */
  | { readonly kind: 'disk full'; readonly forMs: number; readonly turn: Turn }
  | { readonly kind: 'host killed'; readonly goneForMs: number }
  | { readonly kind: 'host and gateway killed'; readonly goneForMs: number }
  /** The host or its gateway can open no more files, sockets or pipes. */
  | {
      readonly kind: 'no descriptors';
      readonly of: 'host' | 'gateway';
      readonly forMs: number;
      readonly turn: Turn;
    }
  /** The sockets of a living host are removed, with or without the runtime folder. */
  | { readonly kind: 'sockets removed'; readonly what: 'files' | 'folder' }
  /** Lock and ownership record are copied with the state folder, and a second host starts on the copy. */
  | { readonly kind: 'state copied' }
  /** The wall clock of the host is set forward or back. */
  | { readonly kind: 'clock set'; readonly byMs: number; readonly forMs: number }
  /** As the two above, by a process of another user. */
  | { readonly kind: 'port taken by another user'; readonly forMs: number; readonly whileStopped: boolean }
  | { readonly kind: 'user calls'; readonly calls: readonly { readonly call: UserCall; readonly afterMs: number }[] };

export type FaultKind = Fault['kind'];

const HOUR_MS = 3_600_000;
const turns: readonly Turn[] = ['crash', 'restart', 'stop and start'];
const userCalls: readonly UserCall[] = ['start', 'stop', 'restart', 'stop --force', 'restart --force'];

type Draw<K extends FaultKind> = (random: SeededRandom) => Extract<Fault, { readonly kind: K }>;
const draws: { readonly [K in FaultKind]: Draw<K> } = {
  'gateway killed': () => ({ kind: 'gateway killed' }),
  'frozen briefly': (random) => ({ kind: 'frozen briefly', forMs: random.integer(100, 800) }),
  'frozen for ever': () => ({ kind: 'frozen for ever' }),
  'port taken while stopped': (random) => ({ kind: 'port taken while stopped', forMs: random.integer(100, 800) }),
  'port raced for': (random) => ({ kind: 'port raced for', forMs: random.integer(200, 1_500) }),
  'ends at boot': (random) => ({ kind: 'ends at boot', code: random.pick([0, 1, 3, 78]), turn: random.pick(turns) }),
  'boots slowly': (random) => ({ kind: 'boots slowly', forMs: random.integer(500, 2_500), turn: random.pick(turns) }),
  'never ready': (random) => ({ kind: 'never ready', turn: random.pick(turns) }),
  'leaves grandchildren': (random) => ({
    kind: 'leaves grandchildren',
    forMs: random.integer(0, 500),
    turn: random.pick(turns),
  }),
  'ignores SIGTERM': (random) => ({ kind: 'ignores SIGTERM', forMs: random.integer(0, 500) }),
  'sends garbage': (random) => ({ kind: 'sends garbage', forMs: random.integer(300, 1_500), turn: random.pick(turns) }),
  flaps: (random) => ({
    kind: 'flaps',
    everyMs: random.integer(20, 400),
    forMs: random.integer(500, 2_000),
    turn: random.pick(turns),
  }),
  'drops replies': (random) => ({
    kind: 'drops replies',
    every: random.integer(2, 6),
    forMs: random.integer(500, 2_000),
    turn: random.pick(turns),
  }),
  'restarts in place': (random) => ({
    kind: 'restarts in place',
    afterMs: random.integer(100, 800),
    forMs: random.integer(1_000, 2_000),
  }),
  'floods its output': (random) => ({
    kind: 'floods its output',
    bytes: random.integer(1, 64) * 1024 * 1024,
    forMs: random.integer(200, 1_500),
    turn: random.pick(turns),
  }),
  'disk full': (random) => ({ kind: 'disk full', forMs: random.integer(200, 1_500), turn: random.pick(turns) }),
  'host killed': (random) => ({ kind: 'host killed', goneForMs: random.integer(0, 800) }),
  'host and gateway killed': (random) => ({ kind: 'host and gateway killed', goneForMs: random.integer(0, 800) }),
  'no descriptors': (random) => ({
    kind: 'no descriptors',
    of: random.pick(['host', 'gateway']),
    forMs: random.integer(200, 1_500),
    turn: random.pick(turns),
  }),
  'sockets removed': (random) => ({ kind: 'sockets removed', what: random.pick(['files', 'folder']) }),
  'state copied': () => ({ kind: 'state copied' }),
  'clock set': (random) => ({
    kind: 'clock set',
    byMs: random.pick([1, -1]) * random.pick([3_000, 60_000, HOUR_MS, 24 * HOUR_MS, 400 * 24 * HOUR_MS]),
    forMs: random.integer(200, 2_000),
  }),
  'port taken by another user': (random) => ({
    kind: 'port taken by another user',
    forMs: random.integer(200, 1_500),
    whileStopped: random.chance(0.5),
  }),
  'user calls': (random) => ({
    kind: 'user calls',
    calls: Array.from({ length: random.integer(1, 4) }, () => ({
      call: random.pick(userCalls),
      afterMs: random.chance(0.4) ? 0 : random.integer(0, 600),
    })),
  }),
};

export const faultKinds = Object.keys(draws).filter((name): name is FaultKind => Object.hasOwn(draws, name));

/** Faults without end: every kind once in an order of chance, then every kind again in another. */
export function* drawFaults(random: SeededRandom, kinds: readonly FaultKind[] = faultKinds): Generator<Fault, never> {
  for (;;) {
    const bag = [...kinds];
    while (bag.length > 0) {
      const [kind] = bag.splice(random.integer(0, bag.length - 1), 1);
      if (kind !== undefined) yield draws[kind](random);
    }
  }
}
