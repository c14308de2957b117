import { describeProblem, type ExitFacts, type Problem } from '@deskclaw/protocol';
import { isHopeless } from '../process/exit.ts';
import { countCrash } from './crash-budget.ts';
import { beginLaunch, enter, type Given, type Step } from './moves.ts';
import type { Because, Exit, Next, Supervision } from './state.ts';

/** How a launch ended, where there was a process. */
export interface End {
  readonly exit: Exit;
  readonly facts: ExitFacts;
}

type Recover = Extract<Next, { to: 'recover' }>;

function because(reason: Because, end: End | undefined, at: number): Problem {
  const lastLines = end?.facts.lastLines ?? [];
  switch (reason.kind) {
    case 'exited':
      return end === undefined
        ? describeProblem('internal', { detail: 'a process ended, but nobody saw how' }, at)
        : describeProblem('gateway.exited', end.facts, at);
    case 'start-timeout':
      return describeProblem(
        'gateway.start-timeout',
        {
          waitedMs: reason.waitedMs,
          lastLines,
          ...(reason.trouble === undefined ? {} : { lastError: reason.trouble }),
        },
        at,
      );
    case 'unresponsive':
      return describeProblem('gateway.unresponsive', { detail: reason.detail }, at);
    case 'port-lost':
      return reason.problem;
    default:
      return reason satisfies never;
  }
}

export interface Setback {
  readonly problem: Problem;
  /** Somebody waits for this very launch: its failure is their answer, and nothing is tried behind their back. */
  readonly asked: boolean;
  /** Set where a process crashed: what is told when the budget runs out. */
  readonly crashed?: ExitFacts;
}

function fail(supervision: Supervision, problem: Problem, given: Given): Step {
  return enter(supervision, { name: 'failed', since: given.moment.at, problem });
}

/** One launch that came to nothing: the end of it for a person who waits, else one more against the budget. */
export function takeSetback(supervision: Supervision, setback: Setback, given: Given): Step {
  const { moment, policy } = given;
  if (setback.asked) return fail(supervision, setback.problem, given);
  const { ledger, verdict } = countCrash(supervision.crashes, moment.at, policy.crash, moment.random);
  const counted = { ...supervision, crashes: ledger };
  if (verdict.kind === 'exhausted') {
    const { crashed } = setback;
    const facts = { crashes: ledger.length, windowMs: policy.crash.windowMs };
    return fail(
      counted,
      crashed === undefined
        ? setback.problem
        : describeProblem('crash.loop', { ...facts, last: crashed }, moment.wallTime),
      given,
    );
  }
  if (verdict.delayMs === 0) return beginLaunch(counted, { purpose: 'automatic' }, given);
  return enter(counted, {
    name: 'backoff',
    since: moment.at,
    respawnAt: moment.at + verdict.delayMs,
    problem: setback.problem,
  });
}

function recover(supervision: Supervision, next: Recover, end: End | undefined, given: Given): Step {
  const { moment, policy } = given;
  const steady = next.readyForMs !== undefined && next.readyForMs >= policy.crash.stableAfterMs;
  const slate = steady ? { ...supervision, crashes: [], repaired: false } : supervision;
  const problem = because(next.because, end, moment.wallTime);
  const cause = next.because.kind === 'exited' ? end?.exit.cause : undefined;
  if (cause === 'configuration' && policy.repairs && !slate.repaired) {
    return beginLaunch({ ...slate, repaired: true }, { purpose: next.purpose, repair: true }, given);
  }
  if (cause !== undefined && isHopeless(cause)) return fail(slate, problem, given);
  const crashed = cause === undefined ? undefined : end?.facts;
  return takeSetback(
    slate,
    { problem, asked: next.purpose === 'asked', ...(crashed === undefined ? {} : { crashed }) },
    given,
  );
}

/** Nothing of the old launch is left: on to what was to follow. */
export function conclude(supervision: Supervision, next: Next, end: End | undefined, given: Given): Step {
  switch (next.to) {
    case 'idle':
      return enter(supervision, { name: 'idle', since: given.moment.at });
    case 'launch':
      return beginLaunch(supervision, { purpose: 'asked', adopt: next.adopt }, given);
    case 'replace':
      return beginLaunch(supervision, { purpose: next.purpose, adopt: false }, given);
    case 'recover':
      return recover(supervision, next, end, given);
    default:
      return next satisfies never;
  }
}
