import { describeProblem, type HealthVerdict, type Problem } from '@deskclaw/protocol';
import type { GatewayConnection } from '../connection/connection.ts';
import { isUnresponsive } from '../connection/heartbeat.ts';
import type { Clock } from '../ports/clock.ts';
import type { ProcessTable } from '../ports/spawner.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import type { GatewayTarget } from './gateway-target.ts';
import type { Operation, UserIntent } from './lifecycle-request.ts';
import type { ManagerState } from './manager-state.ts';
import { programName } from './program-name.ts';
import type { StatusInput } from './status.ts';
import type { WallTimes } from './wall-times.ts';

function describeSilence(
  verdict: 'busy' | 'unresponsive',
  isOwned: boolean,
  restartAfterMs: number,
  stoppedPid: number | undefined,
): string {
  if (stoppedPid !== undefined)
    return `Its process is stopped (SIGSTOP or a debugger): it runs on after kill -CONT ${String(stoppedPid)}.`;
  if (verdict === 'busy') return 'The process is working, but does not respond right now. DeskClaw lets it finish.';
  if (!isOwned) return 'It does not respond. DeskClaw did not start it, so it waits for it.';
  const seconds = String(Math.round(restartAfterMs / 1_000));
  return `The process is running but not responding. DeskClaw restarts it after ${seconds} s without any sign of life.`;
}

/** Describes a gateway that lives but does not answer, with one problem per silence: its time is when the silence was noticed. */
class SilenceReport {
  readonly #clock: Clock;
  readonly #restartAfterMs: number;
  #reported: { readonly verdict: HealthVerdict; readonly problem: Problem } | undefined;

  constructor(clock: Clock, restartAfterMs: number) {
    this.#clock = clock;
    this.#restartAfterMs = restartAfterMs;
  }

  /** @param stoppedPid of the process, where a signal has stopped it. */
  problem(verdict: HealthVerdict, isOwned: boolean, stoppedPid: () => number | undefined): Problem | undefined {
    if (verdict !== 'busy' && verdict !== 'unresponsive') {
      this.#reported = undefined;
    } else if (this.#reported?.verdict !== verdict) {
      const stopped = stoppedPid();
      const detail = describeSilence(verdict, isOwned, this.#restartAfterMs, stopped);
      const facts = { detail, ...(stopped === undefined ? {} : { stoppedPid: stopped }) };
      const problem = describeProblem('gateway.unresponsive', facts, this.#clock.wallTime());
      this.#reported = { verdict, problem };
    }
    return this.#reported?.problem;
  }
}

export interface StatusSources {
  readonly clock: Clock;
  readonly wallTimes: WallTimes;
  readonly supervisor: Supervisor;
  readonly connection: GatewayConnection;
  readonly state: ManagerState;
  readonly operations: { readonly intent: UserIntent; readonly current: Operation | undefined };
  readonly isPlanning: () => boolean;
  readonly liveness: { readonly verdict: HealthVerdict; readonly restartsAt: number | undefined };
  readonly startWatch: { readonly note: string | undefined; readonly problem: Problem | undefined };
  readonly unresponsiveAfterMs: number;
  readonly processes: Pick<ProcessTable, 'find'>;
  /** Where the gateway is, or will be; the URL as it is shown. */
  readonly address: () => Pick<GatewayTarget, 'host' | 'port'> & { readonly url: string };
}

/** The pid of the gateway's process, where the system shows that it is stopped. */
function stoppedPid({ supervisor, processes }: StatusSources): number | undefined {
  const { child } = supervisor;
  try {
    return child !== undefined && processes.find(child.pid)?.isStopped === true ? child.pid : undefined;
  } catch {
    // A process table that cannot be read, for want of descriptors, shows nothing.
    return undefined;
  }
}

/** Returns a function that gathers everything `deriveStatus` needs, as it is at the call. */
export function statusInputOf(sources: StatusSources): () => StatusInput {
  const { clock, wallTimes, supervisor, connection, state, operations, liveness } = sources;
  const silence = new SilenceReport(clock, sources.unresponsiveAfterMs);
  let named: { readonly resolved: ManagerState['resolved']; readonly session: StatusInput['session'] } | undefined;
  let program: string | undefined;
  const programOf = (resolved: ManagerState['resolved'], session: StatusInput['session']): string | undefined => {
    if (named === undefined || named.resolved !== resolved || named.session !== session) {
      named = { resolved, session };
      program = programName(resolved, session);
    }
    return program;
  };
  return () => {
    const { intent } = operations;
    const { lastExit, lastExitAt } = supervisor;
    const { host, port, url } = sources.address();
    const ready = connection.state.name === 'ready' ? connection.state : undefined;
    const health = ready !== undefined && isUnresponsive(ready.heartbeat) ? 'unresponsive' : liveness.verdict;
    const isOwned = supervisor.child !== undefined;
    return {
      intent,
      operation: operations.current,
      planning: sources.isPlanning(),
      supervisor: supervisor.state,
      supervisorIntent: supervisor.requested,
      connection: connection.state,
      ownership: intent.want === 'up' ? (state.resolved?.ownership ?? 'none') : isOwned ? 'owned' : 'none',
      health,
      restartsAt: liveness.restartsAt,
      program: programOf(state.resolved, ready?.session),
      silenceProblem: silence.problem(health, isOwned, () => stoppedPid(sources)),
      wasReady: state.wasReady,
      restartsItself: state.restartingItselfSince !== undefined,
      planProblem: state.planProblem,
      startNote: sources.startWatch.note,
      startProblem: sources.startWatch.problem,
      host,
      port,
      url,
      session: ready?.session,
      restarts: supervisor.restarts,
      usualBootMs: supervisor.usualBootMs,
      lastExit: lastExit && {
        code: lastExit.code,
        signal: lastExit.signal,
        at: lastExitAt === undefined ? lastExit.at : wallTimes.of(lastExitAt),
        cause: lastExit.cause,
        ...(lastExit.said === undefined ? {} : { said: lastExit.said }),
      },
      latencyMs: connection.latencyMs(),
      now: clock.now(),
      toEpoch: (at) => wallTimes.of(at),
    };
  };
}
