import type { HealthReport, HealthVerdict } from '@deskclaw/protocol';
import type { Cancel, Clock } from '../ports/clock.ts';
import { beginSilence, type LivenessPolicy, look, type Silence, type SilenceVerdict } from './liveness.ts';

export interface LivenessWatchOptions {
  readonly clock: Clock;
  readonly policy: LivenessPolicy;
  readonly check: () => Promise<HealthReport>;
  readonly cpuMs: () => number | undefined;
  /** Since the last frame or pong, ms; `undefined` where there is no connection. */
  readonly silentForMs: () => number | undefined;
  /** Every sign of life has been missing for too long. */
  readonly giveUp: (detail: string) => void;
  readonly changed: () => void;
}

type Watching =
  | { readonly name: 'off' }
  | { readonly name: 'well'; readonly verdict: Extract<HealthVerdict, 'unknown' | 'ok'> }
  | { readonly name: 'silent'; readonly silence: Silence };

/** Asks now and then whether the gateway is well, and looks closer and closer once it does not answer. */
export class LivenessWatch {
  readonly #options: LivenessWatchOptions;
  readonly #policy: LivenessPolicy;
  #watching: Watching = { name: 'off' };
  #timer: Cancel | undefined;
  /** Counts starts and stops, so that an answer to an old question changes nothing. */
  #round = 0;

  constructor(options: LivenessWatchOptions) {
    this.#options = options;
    this.#policy = options.policy;
  }

  get verdict(): HealthVerdict {
    switch (this.#watching.name) {
      case 'off':
        return 'unknown';
      case 'well':
        return this.#watching.verdict;
      case 'silent':
        return this.#watching.silence.verdict;
      default:
        return this.#watching satisfies never;
    }
  }

  /** It has just accepted us: well until shown otherwise. */
  start(): void {
    this.#become({ name: 'well', verdict: 'ok' });
    this.#next(this.#policy.checkEveryMs);
  }

  /**
   * The connection is gone while the process may live: from now on its silence counts.
   * @param verdict what its connection said of it last. A socket ends some ms before its process is known to have.
   */
  lost(verdict: SilenceVerdict): void {
    if (this.#watching.name !== 'well') return;
    const { clock, cpuMs } = this.#options;
    this.#become({ name: 'silent', silence: beginSilence(clock.now(), cpuMs(), verdict) });
    this.#next(this.#policy.lookEveryMs);
  }

  /** It spoke again: the next look need not wait. */
  askNow(): void {
    if (this.#watching.name === 'silent') this.#next(0);
  }

  stop(): void {
    this.#become({ name: 'off' });
    this.#timer?.();
    this.#timer = undefined;
  }

  #become(watching: Watching): void {
    this.#round += 1;
    this.#watching = watching;
  }

  #next(delayMs: number): void {
    this.#timer?.();
    this.#timer = this.#options.clock.schedule(delayMs, () => void this.#ask());
  }

  async #ask(): Promise<void> {
    const round = this.#round;
    const report = await this.#options.check();
    if (round !== this.#round || this.#watching.name === 'off') return;
    if (report.ok) {
      this.start();
    } else {
      this.#judge(report);
    }
    this.#options.changed();
  }

  #judge(report: HealthReport): void {
    const { clock, cpuMs } = this.#options;
    const at = clock.now();
    const known = this.#watching.name === 'silent' ? this.#watching.silence : beginSilence(at, cpuMs(), 'unresponsive');
    const httpAnswers = report.evidence.some((evidence) => evidence.kind === 'http' && evidence.ok);
    const silentForMs = this.#options.silentForMs();
    const heard = silentForMs !== undefined && at - silentForMs > known.lastLookAt;
    const { silence, restart } = look(known, { at, cpuMs: cpuMs(), httpAnswers, heard }, this.#policy);
    this.#become({ name: 'silent', silence });
    this.#next(this.#policy.lookEveryMs);
    if (!restart) return;
    const seconds = Math.round((at - silence.lastSignAt) / 1_000);
    this.#options.giveUp(
      `For ${String(seconds)} s it answered neither frames, pings, requests nor HTTP, and used no CPU time.`,
    );
  }
}
