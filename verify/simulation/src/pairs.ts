import { readFileSync } from 'node:fs';
import { deadlineOf, type SupervisorEvent, type SupervisorState } from '@deskclaw/core/internal';
import { count, type Tally } from './tally.ts';
import { type CallSite, callSites, type Errno, errnos } from './whole/errno-faults.ts';

/** Counts of pairs are kept among all others under this prefix. */
const PREFIX = 'pair: ';

/** The names of states and events are those of docs/state-tables.md. */
function supervisorStateName(state: SupervisorState): string {
  switch (state.name) {
    case 'preflight':
    case 'spawning':
      return `${state.name} ${state.purpose}`;
    case 'booting':
      return `booting ${state.adopted && state.purpose === 'user' ? 'adopted' : state.purpose}`;
    case 'terminating': {
      const { next, stage } = state;
      return `${stage.step}>${next.to}${'purpose' in next && next.purpose === 'user' ? ' user' : ''}`;
    }
    case 'failed':
      return state.survivor === undefined ? 'failed' : 'failed with survivor';
    case 'running':
      return state.announced === undefined ? 'running' : 'running announced';
    case 'idle':
    case 'backoff':
      return state.name;
    default:
      return state satisfies never;
  }
}

const modeSuffix = { drain: '', terminate: ' terminate', kill: ' kill' } as const;

function launchOf(state: SupervisorState): number | undefined {
  if ('launch' in state) return state.launch;
  return state.name === 'failed' ? state.survivor?.launch : undefined;
}

function goneName({ cause, code }: Extract<SupervisorEvent, { readonly type: 'gone' }>['exit']): string {
  if (cause === 'configuration') return 'gone 78';
  return code === 0 ? 'gone 0' : 'gone';
}

function supervisorEventName(state: SupervisorState, event: SupervisorEvent): string {
  switch (event.type) {
    case 'down':
    case 'restart':
      return `${event.type}${modeSuffix[event.mode]}`;
    case 'deadline':
      return deadlineOf(state) === event.deadline ? 'deadline' : 'deadline of another state';
    case 'up':
    case 'woke':
      return event.type;
    default: {
      const launch = launchOf(state);
      if (launch !== undefined && launch !== event.launch) return `${event.type} late`;
      if (event.type === 'gone') return goneName(event.exit);
      if (event.type === 'critical-work') return event.problem === undefined ? 'no critical-work' : 'critical-work';
      if (event.type === 'restart-claimed') return event.claim.accepted ? 'restart accepted' : 'restart not accepted';
      return event.type;
    }
  }
}

/** The key of each pair counted so far: making it again costs more than counting. */
const pairKeys: Readonly<Record<Reducer, Map<string, Map<string, string>>>> = {
  supervisor: new Map(),
  connection: new Map(),
};

function pairKey(reducer: Reducer, state: string, event: string): string {
  let keys = pairKeys[reducer].get(state);
  if (keys === undefined) {
    keys = new Map();
    pairKeys[reducer].set(state, keys);
  }
  let key = keys.get(event);
  if (key === undefined) {
    key = `${PREFIX}${reducer} | ${state} | ${event}`;
    keys.set(event, key);
  }
  return key;
}

/** Counts a pair of the supervisor's reducer. */
export function countSupervisorPair(tally: Tally, state: SupervisorState, event: SupervisorEvent): void {
  count(tally, pairKey('supervisor', supervisorStateName(state), supervisorEventName(state, event)));
}

/** Counts a pair of the connection's reducer, by the names that it tells an observer. */
export function countConnectionPair(tally: Tally, state: string, event: string): void {
  count(tally, pairKey('connection', state, event));
}

export function isPair(what: string): boolean {
  return what.startsWith(PREFIX);
}

export type Reducer = 'supervisor' | 'connection';

const connectionStates = ['closed', 'connecting', 'handshaking', 'ready', 'waiting', 'exhausted', 'paused'];
const connectionEvents = [
  'connect steady',
  'connect booting',
  'reconnect user',
  'reconnect wake',
  'reconnect network',
  'retry-soon',
  'disconnect',
  'suspend',
  'opened',
  'credentials-sent',
  'accepted',
  'failed retry',
  'failed retry-now',
  'failed retry-after',
  'failed pause',
  'frame-received',
  'due',
];

/** Every pair of the table in docs/state-tables.md: those in which the supervisor does something. */
function supervisorPairs(): readonly string[] {
  const page = readFileSync(new URL('../../../docs/state-tables.md', import.meta.url), 'utf8');
  const [, table = ''] = page.split('| state | event | next state | effects |\n');
  return table.split('\n').flatMap((line) => {
    const [, state = '', event = ''] = line.split('|').map((cell) => cell.trim());
    return state === '' || state === '---' ? [] : [`${state} | ${event}`];
  });
}

/** Returns all pairs of a reducer: of the supervisor those that change something, of the connection every state with every event. */
export function allPairs(reducer: Reducer): readonly string[] {
  if (reducer === 'supervisor') return supervisorPairs();
  return connectionStates.flatMap((state) => connectionEvents.map((event) => `${state} | ${event}`));
}

export interface PairCoverage {
  readonly all: number;
  readonly covered: readonly string[];
  readonly missing: readonly string[];
}

/** A call that was made to fail is counted among all others under this prefix. */
const ERRNO_PREFIX = 'errno: ';

/** Counts a call that was made to fail. */
export function countErrno(tally: Tally, site: CallSite, code: Errno): void {
  count(tally, `${ERRNO_PREFIX}${site}, ${code}`);
}

export function isErrno(what: string): boolean {
  return what.startsWith(ERRNO_PREFIX);
}

export interface ErrnoCoverage {
  readonly rows: readonly { readonly site: CallSite; readonly counts: readonly number[] }[];
  /** As `SITE, CODE`. */
  readonly missing: readonly string[];
}

/** Returns how often a call at each place failed with each code, in the order of `callSites` and `errnos`. */
export function errnoCoverage(tally: ReadonlyMap<string, number>): ErrnoCoverage {
  const timesOf = (site: CallSite, code: Errno): number => tally.get(`${ERRNO_PREFIX}${site}, ${code}`) ?? 0;
  const rows = callSites.map((site) => ({ site, counts: errnos.map((code) => timesOf(site, code)) }));
  const missing = callSites.flatMap((site) =>
    errnos.filter((code) => timesOf(site, code) === 0).map((code) => `${site}, ${code}`),
  );
  return { rows, missing };
}

/** Returns which pairs of a reducer the counted schedules covered. */
export function pairCoverage(reducer: Reducer, tally: ReadonlyMap<string, number>): PairCoverage {
  const all = allPairs(reducer);
  const isCovered = (pair: string): boolean => tally.has(`${PREFIX}${reducer} | ${pair}`);
  return { all: all.length, covered: all.filter(isCovered), missing: all.filter((pair) => !isCovered(pair)) };
}
