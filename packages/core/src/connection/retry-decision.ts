import { describeProblem, type Problem } from '@deskclaw/protocol';
import { type Attempt, begin } from './attempts.ts';
import { bootDelay, peerDelay, reconnectDelay, slowDelay } from './backoff.ts';
import type { ConnectionConfig } from './config.ts';
import type { ConnectionFailure, DisconnectInfo } from './state.ts';
import { type Attempting, after, type EventTime, type Ready, type Step, terminate } from './transition.ts';

/** Reduces the end of a connection or an attempt by its verdict. */
export function fail(
  state: Attempting | Ready,
  ended: DisconnectInfo,
  time: EventTime,
  config: ConnectionConfig,
): Step {
  const info = state.name === 'ready' ? { ...ended, readyForMs: time.at - state.since } : ended;
  const step = judge(state, ended.failure, time, config);
  return { state: step.state, effects: [...step.effects, { type: 'ended', ended: info }] };
}

function judge(state: Attempting | Ready, failure: ConnectionFailure, time: EventTime, config: ConnectionConfig): Step {
  const { at, random } = time;
  const { problem, verdict } = failure;
  const retryState = retryStateOf(state, at, config);
  switch (verdict.kind) {
    case 'pause':
      return {
        state: {
          name: 'paused',
          generation: state.generation,
          since: at,
          ...(verdict.recheckPeriodically === true
            ? { retryAt: at + slowDelay(config.reconnect.approvalEveryMs, random) }
            : {}),
          last: problem,
        },
        effects: [terminate, { type: 'detach', requests: 'reject', problem }],
      };
    case 'retry-after': {
      // A child of our own has one client, which need not be spread.
      const spread = retryState.policy === 'booting' ? 0 : random;
      return wait(
        state,
        retryState,
        { reason: 'peer-delay', retryAt: at + peerDelay(verdict.ms, spread) },
        at,
        problem,
      );
    }
    case 'retry-now': {
      const isFirst = retryState.attempt === 0 && retryState.policy === 'steady';
      if (!isFirst) return retry(state, retryState, problem, time, config);
      return after([terminate], begin(state, { ...retryState, attempt: 1, last: problem }, time, config));
    }
    case 'retry':
      return retry(state, retryState, problem, time, config);
    default:
      return verdict satisfies never;
  }
}

/** Returns the attempts that count against the budget: none if the connection was stable. */
function retryStateOf(state: Attempting | Ready, at: number, config: ConnectionConfig): Attempt {
  if (state.name !== 'ready') return state;
  const isStable = at - state.since >= config.reconnect.stableAfterMs;
  return { attempt: isStable ? 0 : state.attempt, policy: 'steady', began: at };
}

/** Where the peer named no time: by policy and budget. */
function retry(
  state: Attempting | Ready,
  retryState: Attempt,
  last: Problem,
  time: EventTime,
  config: ConnectionConfig,
): Step {
  const { at, random } = time;
  if (retryState.policy === 'booting') {
    return wait(state, retryState, { reason: 'backoff', retryAt: at + bootDelay(at - retryState.began) }, at, last);
  }
  const attempt = retryState.attempt + 1;
  // An exhausted connection that probes has spent its budget; one that waited for an approval has not.
  if (attempt > config.reconnect.maxAttempts) {
    return exhaust(state, last.detail, time, config);
  }
  const retryAt = at + reconnectDelay(config.reconnect, attempt, random);
  return wait(state, { ...retryState, attempt }, { reason: 'backoff', retryAt }, at, last);
}

interface Wait {
  readonly reason: 'backoff' | 'peer-delay';
  readonly retryAt: number;
}

function wait(
  from: Attempting | Ready,
  retryState: Attempt,
  { reason, retryAt }: Wait,
  at: number,
  last: Problem,
): Step {
  const { attempt, began } = retryState;
  const policy = retryState.policy === 'booting' ? 'booting' : 'steady';
  return {
    state: {
      name: 'waiting',
      generation: from.generation,
      since: at,
      attempt,
      policy,
      began,
      retryAt,
      last,
      reason,
    },
    effects: [terminate, { type: 'detach', requests: 'keep', problem: last }],
  };
}

function exhaust(from: Attempting | Ready, lastError: string, time: EventTime, config: ConnectionConfig): Step {
  const { maxAttempts: attempts, probeEveryMs } = config.reconnect;
  const problem = describeProblem('connection.exhausted', { attempts, lastError, probeEveryMs }, time.epoch);
  const retryAt = time.at + slowDelay(probeEveryMs, time.random);
  return {
    state: {
      name: 'exhausted',
      generation: from.generation,
      since: time.at,
      attempt: attempts,
      retryAt,
      last: problem,
    },
    effects: [terminate, { type: 'detach', requests: 'reject', problem }],
  };
}
