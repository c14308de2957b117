import { userPath } from '../process/login-path.ts';
import type { SupervisorEvent } from './event.ts';
import { Launch, type LaunchContext } from './launch.ts';
import type { LaunchPlan } from './launch-plan.ts';
import type { OwnershipRecords } from './ownership-records.ts';
import type { SupervisorPorts } from './ports.ts';
import type { ExitRecord, SupervisorState } from './state.ts';
import type { SupervisorEffect } from './transitions.ts';

type PreflightEffect = Extract<SupervisorEffect, { type: 'preflight' }>;
type LaunchEffect = Exclude<SupervisorEffect, { type: 'preflight' | 'drain' }>;

/** Launches with outstanding answers: the current one, and ended ones whose last answer has not arrived yet. */
export class LaunchRegistry {
  readonly #ports: SupervisorPorts;
  readonly #records: OwnershipRecords;
  readonly #callbacks: Pick<LaunchContext, 'report' | 'line'>;
  readonly #userPath: () => Promise<string | undefined>;
  readonly #launches = new Map<number, Launch>();

  constructor(ports: SupervisorPorts, records: OwnershipRecords, callbacks: Pick<LaunchContext, 'report' | 'line'>) {
    this.#ports = ports;
    this.#records = records;
    this.#callbacks = callbacks;
    this.#userPath = userPath(ports.host.env, ports.host.platform, ports);
  }

  get(number: number): Launch | undefined {
    return this.#launches.get(number);
  }

  begin(effect: PreflightEffect, plan: LaunchPlan, generation: number, lastExit: ExitRecord | undefined): void {
    const launch = new Launch({
      number: effect.launch,
      generation,
      plan,
      lastExit,
      ports: this.#ports,
      records: this.#records,
      userPath: this.#userPath,
      ...this.#callbacks,
    });
    this.#launches.set(effect.launch, launch);
    void launch.preflight(effect);
  }

  carryOut(effect: LaunchEffect): void {
    const launch = this.#launches.get(effect.launch);
    if (launch === undefined) return;
    switch (effect.type) {
      case 'cancel-preflight':
        launch.cancel();
        return;
      case 'find-critical-work':
        launch.findCriticalWork(effect.child);
        return;
      case 'cancel-claim':
        launch.cancel();
        this.#launches.delete(effect.launch);
        return;
      case 'claim-restart':
        void launch.claimRestart(effect.pid);
        return;
      case 'spawn':
        launch.spawn();
        return;
      case 'watch-adopted':
        launch.watchAdopted(effect.child);
        return;
      case 'terminate':
        launch.terminate(effect.child);
        return;
      case 'reap':
        void launch.reap(effect.child, effect.endedBy);
        return;
      case 'discard':
        launch.discard(effect.child);
        this.#launches.delete(effect.launch);
        return;
      default:
        effect satisfies never;
    }
  }

  /** Forgets a launch that no state speaks of any more. A stray child is still to be discarded: it keeps its launch. */
  forgetFinished(event: SupervisorEvent, state: SupervisorState): void {
    if (!('launch' in event) || event.type === 'spawned') return;
    const present = state.name === 'failed' ? state.survivor?.launch : 'launch' in state ? state.launch : undefined;
    if (present !== event.launch) this.#launches.delete(event.launch);
  }
}
