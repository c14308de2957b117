import { backoffDelay, describeProblem, type Problem } from '@deskclaw/protocol';
import { type Attempt, begin } from './attempts.ts';
import { askedDelay, bootDelay, slowDelay } from './backoff.ts';
import type { ConnectionConfig } from './config.ts';
import type { ConnectionEnd, ConnectionFailure } from './state.ts';
import { type Attempting, after, type Moment, type Ready, type Step, terminate } from './transition.ts';

/** A connection, or an attempt at one, is over: what its verdict makes of it. */
export function fail(state: Attempting | Ready, ended: ConnectionEnd, moment: Moment, config: ConnectionConfig): Step {
  const whole = state.name === 'ready' ? { ...ended, readyForMs: moment.at - state.since } : ended;
  const step = judge(state, ended.failure, moment, config);
  return { state: step.state, effects: [...step.effects, { type: 'ended', ended: whole }] };
}

function judge(state: Attempting | Ready, failure: ConnectionFailure, moment: Moment, config: ConnectionConfig): Step {
  const { at, random } = moment;
  const { problem, verdict } = failure;
  const streak = streakOf(state, at, config);
  switch (verdict.kind) {
    case 'pause':
      return {
        state: {
          name: 'paused',
          generation: state.generation,
          since: at,
          ...(verdict.settledElsewhere === true
            ? { retryAt: at + slowDelay(config.reconnect.approvalEveryMs, random) }
            : {}),
          last: problem,
        },
        effects: [terminate, { type: 'detach', requests: 'reject', problem }],
      };
    case 'retry-after': {
      // A child of our own has one client, which need not be spread.
      const spread = streak.policy === 'booting' ? 0 : random;
      return wait(state, streak, { reason: 'asked', retryAt: at + askedDelay(verdict.ms, spread) }, at, problem);
    }
    case 'retry-now': {
      const isFirst = streak.attempt === 0 && streak.policy === 'steady';
      if (!isFirst) return retry(state, streak, problem, moment, config);
      return after([terminate], begin(state, { ...streak, attempt: 1, last: problem }, moment, config));
    }
    case 'retry':
      return retry(state, streak, problem, moment, config);
    default:
      return verdict satisfies never;
  }
}

/** What counts against the budget so far: nothing, where the connection held long enough. */
function streakOf(state: Attempting | Ready, at: number, config: ConnectionConfig): Attempt {
  if (state.name !== 'ready') return state;
  const isStable = at - state.since >= config.reconnect.stableAfterMs;
  return { attempt: isStable ? 0 : state.attempt, policy: 'steady', began: at };
}

/** Where the peer named no time: by policy and budget. */
function retry(
  state: Attempting | Ready,
  streak: Attempt,
  last: Problem,
  moment: Moment,
  config: ConnectionConfig,
): Step {
  const { at, random } = moment;
  if (streak.policy === 'booting') {
    return wait(state, streak, { reason: 'backoff', retryAt: at + bootDelay(at - streak.began) }, at, last);
  }
  const attempt = streak.attempt + 1;
  // What probes because it is exhausted has spent the budget; what was only waiting for an approval has not.
  if (attempt > config.reconnect.maxAttempts) {
    return exhaust(state, last.detail, moment, config);
  }
  const retryAt = at + backoffDelay(config.reconnect, attempt, random);
  return wait(state, { ...streak, attempt }, { reason: 'backoff', retryAt }, at, last);
}

interface Wait {
  readonly reason: 'backoff' | 'asked';
  readonly retryAt: number;
}

function wait(from: Attempting | Ready, streak: Attempt, { reason, retryAt }: Wait, at: number, last: Problem): Step {
  const { attempt, began } = streak;
  const policy = streak.policy === 'booting' ? 'booting' : 'steady';
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

function exhaust(from: Attempting | Ready, lastError: string, moment: Moment, config: ConnectionConfig): Step {
  const { maxAttempts: attempts, probeEveryMs } = config.reconnect;
  const problem = describeProblem('connection.exhausted', { attempts, lastError, probeEveryMs }, moment.epoch);
  const retryAt = moment.at + slowDelay(probeEveryMs, moment.random);
  return {
    state: {
      name: 'exhausted',
      generation: from.generation,
      since: moment.at,
      attempt: attempts,
      retryAt,
      last: problem,
    },
    effects: [terminate, { type: 'detach', requests: 'reject', problem }],
  };
}
