import { describeProblem, type HealthVerdict, type Problem } from '@deskclaw/protocol';
import type { Clock } from '../ports/clock.ts';

/** What to tell of a gateway that lives and does not answer. One report for one silence: its time is when it was noticed. */
export class SilenceReport {
  readonly #clock: Clock;
  readonly #restartAfterMs: number;
  #told: { readonly verdict: HealthVerdict; readonly owned: boolean; readonly problem: Problem } | undefined;

  constructor(clock: Clock, restartAfterMs: number) {
    this.#clock = clock;
    this.#restartAfterMs = restartAfterMs;
  }

  of(verdict: HealthVerdict, owned: boolean): Problem | undefined {
    if (verdict !== 'busy' && verdict !== 'unresponsive') {
      this.#told = undefined;
    } else if (this.#told?.verdict !== verdict || this.#told.owned !== owned) {
      this.#told = { verdict, owned, problem: this.#describe(verdict, owned) };
    }
    return this.#told?.problem;
  }

  #describe(verdict: 'busy' | 'unresponsive', owned: boolean): Problem {
    const seconds = String(Math.round(this.#restartAfterMs / 1_000));
    const detail =
      verdict === 'busy'
        ? 'Its process works, but answers nothing just now. It is left to finish.'
        : owned
          ? `Its process lives, but answers nothing. After ${seconds} s without any sign of life it is restarted.`
          : 'It answers nothing. It was not started from here, so it is only waited for.';
    return describeProblem('gateway.unresponsive', { detail }, this.#clock.wallTime());
  }
}
