import type { HealthReport, HealthVerdict } from '@deskclaw/protocol';
import type { Cancel, Clock } from '../ports/clock.ts';
import { beginSilence, judgeSilence, type LivenessPolicy, type Silence, type SilenceVerdict } from './liveness.ts';

export interface LivenessWatchDeps {
  readonly clock: Clock;
  readonly policy: LivenessPolicy;
  readonly check: () => Promise<HealthReport>;
  readonly cpuMs: () => number | undefined;
  /** Since the last frame or pong, ms; `undefined` where there is no connection. */
  readonly silentForMs: () => number | undefined;
  /** Called when every sign of life has been missing for too long. */
  readonly restart: (detail: string) => void;
  /** Called when a check fails that follows one that did not. */
  readonly failed?: (report: HealthReport) => void;
  /** Sets what is called at every answer to a request; `undefined`: nothing. */
  readonly expectAnswer: (answered: (() => void) | undefined) => void;
  /** Called when an answer ends a silence, before `changed`. */
  readonly answered?: () => void;
  readonly changed: () => void;
}

type WatchState =
  | { readonly name: 'off' }
  | { readonly name: 'well'; readonly verdict: Extract<HealthVerdict, 'unknown' | 'ok'> }
  | { readonly name: 'silent'; readonly silence: Silence };

/** Checks the gateway at intervals, and more often once it does not answer; restarts it after a long silence. */
export class LivenessWatch {
  readonly #deps: LivenessWatchDeps;
  readonly #policy: LivenessPolicy;
  #state: WatchState = { name: 'off' };
  #timer: Cancel | undefined;
  /** Counts starts and stops, so that the result of an outdated check is dropped. */
  #round = 0;

  constructor(deps: LivenessWatchDeps) {
    this.#deps = deps;
    this.#policy = deps.policy;
  }

  get verdict(): HealthVerdict {
    switch (this.#state.name) {
      case 'off':
        return 'unknown';
      case 'well':
        return this.#state.verdict;
      case 'silent':
        return this.#state.silence.verdict;
      default:
        return this.#state satisfies never;
    }
  }

  /** When the silence of an unresponsive gateway leads to a restart, monotonic ms; `undefined` while it works or answers. */
  get restartsAt(): number | undefined {
    if (this.#state.name !== 'silent' || this.#state.silence.verdict !== 'unresponsive') return undefined;
    return this.#state.silence.lastSignAt + this.#policy.unresponsiveAfterMs;
  }

  /** Begins to watch a gateway that has just accepted us, as healthy. */
  start(): void {
    this.#set({ name: 'well', verdict: 'ok' });
    this.#schedule(this.#policy.checkIntervalMs);
  }

  /**
   * Begins a silence: the connection is lost, or its heartbeat gets no answer, while the process may live.
   * @param verdict the last verdict of the connection. A socket closes some ms before the exit of its process is known.
   */
  noteSilence(verdict: SilenceVerdict): void {
    if (this.#state.name !== 'well') return;
    const { clock, cpuMs } = this.#deps;
    this.#set({ name: 'silent', silence: beginSilence(clock.now(), cpuMs(), verdict) });
    this.#schedule(this.#policy.pollIntervalMs);
  }

  /** Checks a silent gateway at once, after it sent a frame again. */
  checkNow(): void {
    if (this.#state.name === 'silent') this.#schedule(0);
  }

  stop(): void {
    this.#set({ name: 'off' });
    this.#timer?.();
    this.#timer = undefined;
  }

  #set(state: WatchState): void {
    this.#round += 1;
    if ((state.name === 'silent') !== (this.#state.name === 'silent'))
      this.#deps.expectAnswer(state.name === 'silent' ? this.#answered : undefined);
    this.#state = state;
  }

  /** An answered request is what a check asks for: the verdict of silence is taken back at once, and not at the end of the next check. */
  readonly #answered = (): void => {
    if (this.#state.name !== 'silent') return;
    this.start();
    this.#deps.answered?.();
    this.#deps.changed();
  };

  #schedule(delayMs: number): void {
    this.#timer?.();
    this.#timer = this.#deps.clock.schedule(delayMs, () => void this.#check());
  }

  async #check(): Promise<void> {
    const round = this.#round;
    const report = await this.#deps.check();
    if (round !== this.#round || this.#state.name === 'off') return;
    if (report.ok) {
      this.start();
    } else {
      if (this.#state.name === 'well') this.#deps.failed?.(report);
      this.#judge(report);
    }
    this.#deps.changed();
  }

  #judge(report: HealthReport): void {
    const { clock, cpuMs } = this.#deps;
    const at = clock.now();
    const before = this.#state.name === 'silent' ? this.#state.silence : beginSilence(at, cpuMs(), 'unresponsive');
    const httpAnswers = report.evidence.some((evidence) => evidence.kind === 'http' && evidence.ok);
    const silentForMs = this.#deps.silentForMs();
    const frameReceived = silentForMs !== undefined && at - silentForMs > before.lastSampleAt;
    const { silence, restart } = judgeSilence(before, { at, cpuMs: cpuMs(), httpAnswers, frameReceived }, this.#policy);
    this.#set({ name: 'silent', silence });
    this.#schedule(this.#policy.pollIntervalMs);
    if (!restart) return;
    const seconds = Math.round((at - silence.lastSignAt) / 1_000);
    this.#deps.restart(
      `For ${String(seconds)} s it answered neither frames, pings, requests nor HTTP, and used no CPU time.`,
    );
  }
}
