import { describeProblem, type ExitFacts, type Problem } from '@deskclaw/protocol';
import { isPermanent } from '../process/exit.ts';
import { countCrash, type RestartVerdict } from './crash-budget.ts';
import type { LaunchExit, Next, RecoveryReason, SupervisorModel } from './state.ts';
import { beginLaunch, enter, type ReducerContext, type Step } from './transitions.ts';

type Recover = Extract<Next, { to: 'recover' }>;

/** What was found out while waiting is the reason, where it needs a change; otherwise it is part of the report. */
function startTimeoutProblem(
  { waitedMs, lastError, found }: Extract<RecoveryReason, { readonly kind: 'start-timeout' }>,
  lastLines: readonly string[],
  at: number,
): Problem {
  const error = lastError === undefined ? {} : { lastError };
  if (found === undefined) return describeProblem('gateway.start-timeout', { waitedMs, lastLines, ...error }, at);
  const { finding } = found;
  const said = found.said === undefined ? {} : { said: found.said };
  switch (finding.kind) {
    case 'wrong-address':
      return describeProblem('gateway.wrong-address', { ...finding, ...said }, at);
    case 'not-a-gateway':
      return describeProblem('gateway.not-a-gateway', { ...finding, ...said }, at);
    case 'unanswered':
    case 'not-listening':
      return describeProblem('gateway.start-timeout', { waitedMs, lastLines, ...error, ...said, finding }, at);
    default:
      return finding satisfies never;
  }
}

function problemOf(reason: RecoveryReason, ended: LaunchExit | undefined, at: number): Problem {
  const lastLines = ended?.facts.lastLines ?? [];
  switch (reason.kind) {
    case 'exited':
      return ended === undefined
        ? describeProblem('internal', { detail: 'a process ended, but nobody saw how' }, at)
        : describeProblem('gateway.exited', ended.facts, at);
    case 'start-timeout':
      return startTimeoutProblem(reason, lastLines, at);
    case 'unresponsive':
      return describeProblem('gateway.unresponsive', { detail: reason.detail }, at);
    case 'port-lost':
      return reason.problem;
    default:
      return reason satisfies never;
  }
}

export interface LaunchFailure {
  readonly problem: Problem;
  /** A user waits for this launch: its failure is the answer, and nothing is retried. */
  readonly isUserWaiting: boolean;
  /** How the process crashed, for the `crash.loop` problem; absent where no process crashed. */
  readonly crashed?: ExitFacts;
}

function fail(model: SupervisorModel, problem: Problem, context: ReducerContext): Step {
  return enter(model, { name: 'failed', since: context.time.at, problem });
}

/** A shortage of the system is no fault of the gateway: it is waited for, however long it lasts. */
function waitForRoom(model: SupervisorModel, problem: Problem, verdict: RestartVerdict, context: ReducerContext): Step {
  const { time, policy } = context;
  const delayMs = verdict.kind === 'crash.loop' ? policy.crash.maxDelayMs : verdict.delayMs;
  const respawnAt = time.at + Math.max(delayMs, policy.crash.baseDelayMs);
  return enter(model, { name: 'backoff', since: time.at, respawnAt, problem });
}

/** Records a failed launch: reports it at once if a user is waiting, otherwise counts it against the crash budget. */
export function recordFailure(model: SupervisorModel, failure: LaunchFailure, context: ReducerContext): Step {
  const { time, policy } = context;
  if (failure.isUserWaiting) return fail(model, failure.problem, context);
  const { ledger, verdict } = countCrash(model.crashes, time.at, policy.crash, time.random);
  const counted = { ...model, crashes: ledger };
  if (failure.problem.code === 'system.limit') return waitForRoom(counted, failure.problem, verdict, context);
  if (verdict.kind === 'crash.loop') {
    const { crashed } = failure;
    const facts = { crashes: ledger.length, windowMs: policy.crash.windowMs };
    return fail(
      counted,
      crashed === undefined
        ? failure.problem
        : describeProblem('crash.loop', { ...facts, last: crashed }, time.wallTime),
      context,
    );
  }
  if (verdict.delayMs === 0) return beginLaunch(counted, { purpose: 'automatic' }, context);
  return enter(counted, {
    name: 'backoff',
    since: time.at,
    respawnAt: time.at + verdict.delayMs,
    problem: failure.problem,
  });
}

function recover(model: SupervisorModel, next: Recover, ended: LaunchExit | undefined, context: ReducerContext): Step {
  const { time, policy } = context;
  const wasStable = next.readyForMs !== undefined && next.readyForMs >= policy.crash.stableAfterMs;
  const current = wasStable ? { ...model, crashes: [], repaired: false } : model;
  if (next.reason.kind === 'exited' && ended?.problem !== undefined) return fail(current, ended.problem, context);
  const problem = problemOf(next.reason, ended, time.wallTime);
  const cause = next.reason.kind === 'exited' ? ended?.exit.cause : undefined;
  if (cause === 'configuration' && policy.repairs && !current.repaired) {
    return beginLaunch({ ...current, repaired: true }, { purpose: next.purpose, repair: true }, context);
  }
  if (cause !== undefined && isPermanent(cause)) return fail(current, problem, context);
  const crashed = cause === undefined ? undefined : ended?.facts;
  return recordFailure(
    current,
    { problem, isUserWaiting: next.purpose === 'user', ...(crashed === undefined ? {} : { crashed }) },
    context,
  );
}

/** Enters what follows a stop, once nothing of the old launch is left. */
export function enterNext(
  model: SupervisorModel,
  next: Next,
  ended: LaunchExit | undefined,
  context: ReducerContext,
): Step {
  switch (next.to) {
    case 'idle':
      return enter(model, { name: 'idle', since: context.time.at });
    case 'launch':
      return beginLaunch(model, { purpose: 'user', adopt: next.adopt }, context);
    case 'replace':
      return beginLaunch(model, { purpose: next.purpose, adopt: false }, context);
    case 'recover':
      return recover(model, next, ended, context);
    default:
      return next satisfies never;
  }
}
