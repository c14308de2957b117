import { describeProblem } from '@deskclaw/protocol';
import { type ConnectionConfig, defaultHeartbeat, defaultReconnect } from '../../src/connection/config.ts';
import type {
  ConnectionState,
  ConnectionStateName,
  DisconnectInfo,
  Session,
  Verdict,
} from '../../src/connection/state.ts';
import type { ConnectionEvent, ConnectionInput } from '../../src/connection/transition.ts';

export const config: ConnectionConfig = {
  reconnect: defaultReconnect,
  heartbeat: defaultHeartbeat,
  handshakeTimeoutMs: 5_000,
  address: 'ws://127.0.0.1:18789/ws',
};

export const session: Session = { dialect: 'jsonrpc', version: '1.0.0' };
export const problem = describeProblem('connection.lost', { code: 1006 }, 0);
export const goodbye = describeProblem('connection.closed', { detail: 'It was closed by us.' }, 0);

/** The generation of every sample that has a socket, and the moment at which each began. */
export const GENERATION = 7;
export const SINCE = 100_000;

const timed = { generation: GENERATION, since: SINCE };
const streak = { attempt: 3, policy: 'steady', began: SINCE - 10_000, last: problem } as const;

/** A sample of each state. */
export const samples: { readonly [Name in ConnectionStateName]: Extract<ConnectionState, { readonly name: Name }> } = {
  closed: { name: 'closed', ...timed },
  connecting: { name: 'connecting', ...timed, ...streak, deadline: SINCE + 5_000 },
  handshaking: { name: 'handshaking', ...timed, ...streak, deadline: SINCE + 5_000 },
  ready: { name: 'ready', ...timed, attempt: 3, session, heartbeat: { phase: 'alive', dueAt: SINCE + 10_000 } },
  waiting: { name: 'waiting', ...timed, ...streak, retryAt: SINCE + 4_000, reason: 'backoff' },
  exhausted: { name: 'exhausted', ...timed, attempt: 10, retryAt: SINCE + 60_000, last: problem },
  paused: { name: 'paused', ...timed, last: problem },
};

export function ended(verdict: Verdict): DisconnectInfo {
  return { failure: { problem, verdict }, close: { code: 1006, reason: '' } };
}

/** @param at ms after the sample began */
export function event(input: ConnectionInput, at = 1, random = 0.5): ConnectionEvent {
  return { ...input, at: SINCE + at, epoch: 1_700_000_000_000 + at, random };
}

export const due = {
  type: 'due',
  lastFrameAt: SINCE,

  intervalMs: 10_000,
} as const satisfies ConnectionInput;

/** A sample of every input, by a descriptive name. */
export const inputs = {
  'connect steady': { type: 'connect', policy: 'steady' },
  'connect booting': { type: 'connect', policy: 'booting' },
  user: { type: 'reconnect', cause: 'user' },
  wake: { type: 'reconnect', cause: 'wake' },
  network: { type: 'reconnect', cause: 'network' },
  'retry-soon': { type: 'retry-soon' },
  disconnect: { type: 'disconnect', problem: goodbye },
  suspend: { type: 'suspend', problem: goodbye },
  'suspend close': { type: 'suspend', how: 'close', problem: goodbye },
  opened: { type: 'opened', generation: GENERATION },
  'credentials-sent': { type: 'credentials-sent', generation: GENERATION, answerWithinMs: 8_000 },
  preparing: { type: 'preparing', generation: GENERATION, withinMs: 30_000 },
  accepted: { type: 'accepted', generation: GENERATION, session, intervalMs: 10_000 },
  'failed: retry': { type: 'failed', generation: GENERATION, ended: ended({ kind: 'retry' }) },
  'failed: retry-now': { type: 'failed', generation: GENERATION, ended: ended({ kind: 'retry-now' }) },
  'failed: retry-after': {
    type: 'failed',
    generation: GENERATION,
    ended: ended({ kind: 'retry-after', ms: 800, progress: true }),
  },
  'failed: pause': { type: 'failed', generation: GENERATION, ended: ended({ kind: 'pause' }) },
  due,
  'frame-received': { type: 'frame-received', intervalMs: 10_000 },
  'old opened': { type: 'opened', generation: GENERATION - 1 },
  'old credentials-sent': { type: 'credentials-sent', generation: GENERATION - 1, answerWithinMs: 8_000 },
  'old preparing': { type: 'preparing', generation: GENERATION - 1, withinMs: 30_000 },
  'old accepted': { type: 'accepted', generation: GENERATION - 1, session, intervalMs: 10_000 },
  'old failed': { type: 'failed', generation: GENERATION - 1, ended: ended({ kind: 'pause' }) },
} as const satisfies Record<string, ConnectionInput>;
export type InputName = keyof typeof inputs;
