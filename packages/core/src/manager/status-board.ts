import type { GatewayStatus, HealthVerdict } from '@deskclaw/protocol';
import type { GatewayConnection } from '../connection/connection.ts';
import { isUnresponsive } from '../connection/heartbeat.ts';
import type { ConnectionState, Session } from '../connection/state.ts';
import type { Emitter } from '../events/emitter.ts';
import type { Clock } from '../ports/clock.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import type { ManagerEvents } from './events.ts';
import type { GatewayTarget } from './gateway-target.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { LivenessWatch } from './liveness-watch.ts';
import { SilenceReport } from './silence-report.ts';
import { deriveStatus, type StatusInput } from './status.ts';
import { StatusWatch } from './status-watch.ts';
import { WallTimes } from './wall-times.ts';

/** Everything a status is derived from. */
export interface StatusSources {
  readonly clock: Clock;
  readonly supervisor: Supervisor;
  readonly connection: GatewayConnection;
  readonly lifecycle: Lifecycle;
  readonly liveness: LivenessWatch;
  readonly events: Emitter<ManagerEvents>;
  readonly unresponsiveAfterMs: number;
  /** What is aimed at just now. */
  readonly aim: () => { readonly target: GatewayTarget; readonly port: number; readonly url: string };
}

/** The one status of a manager: gathers what the parts say, and tells whenever that comes to something else. */
export class StatusBoard {
  readonly #sources: StatusSources;
  readonly #silence: SilenceReport;
  readonly #wallTimes: WallTimes;
  readonly #watch: StatusWatch;

  constructor(sources: StatusSources) {
    const { clock } = sources;
    this.#sources = sources;
    this.#silence = new SilenceReport(clock, sources.unresponsiveAfterMs);
    this.#wallTimes = new WallTimes(clock);
    this.#watch = new StatusWatch(
      () => deriveStatus(this.#facts()),
      () => clock.wallTime(),
    );
  }

  read(): GatewayStatus {
    return this.#watch.read();
  }

  /** Something a status is derived from may have changed: tells what did. */
  refresh(): void {
    const news = this.#watch.news();
    if (news === undefined) return;
    this.#sources.events.emit('status', news.status);
    if (news.from !== undefined)
      this.#sources.events.emit('transition', { from: news.from, to: news.status.state, status: news.status });
  }

  #facts(): StatusInput {
    const { lifecycle, supervisor, connection, clock } = this.#sources;
    const { target, port, url } = this.#sources.aim();
    const health = this.#health(connection.state);
    const session: Session | undefined = connection.state.name === 'ready' ? connection.state.session : undefined;
    return {
      intent: lifecycle.intent,
      operation: lifecycle.operation,
      planning: lifecycle.isPlanning,
      supervisor: supervisor.state,
      supervisorIntent: supervisor.requested,
      connection: connection.state,
      ownership:
        lifecycle.intent.want === 'up'
          ? (lifecycle.aim?.ownership ?? 'none')
          : supervisor.child === undefined
            ? 'none'
            : 'owned',
      health,
      silenceProblem: this.#silence.of(health, supervisor.child !== undefined),
      wasReady: lifecycle.wasReady,
      planProblem: lifecycle.planProblem,
      host: target.host,
      port,
      url,
      session,
      restarts: supervisor.restarts,
      usualBootMs: supervisor.usualBootMs,
      lastExit: lastExit(supervisor),
      latencyMs: connection.latencyMs(),
      now: clock.now(),
      toEpoch: (at) => this.#wallTimes.of(at),
    };
  }

  #health(state: ConnectionState): HealthVerdict {
    return state.name === 'ready' && isUnresponsive(state.heartbeat) ? 'unresponsive' : this.#sources.liveness.verdict;
  }
}

function lastExit(supervisor: Supervisor): GatewayStatus['lastExit'] {
  const exit = supervisor.lastExit;
  return exit && { code: exit.code, signal: exit.signal, at: exit.at, cause: exit.cause };
}
