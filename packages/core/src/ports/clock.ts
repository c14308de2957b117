export type Cancel = () => void;

export interface ScheduleOptions {
  /** Whether the wait may hold a process open that has nothing else to do. Default false. */
  readonly keepAlive?: boolean;
}

/** A timer this late, ms, means that the machine slept or this program was suspended, not that anything was slow. */
export const SLEEP_THRESHOLD_MS = 2_000;

/** Time as the core sees it. Nothing below reads a clock of its own, so a simulation can own time. */
export interface Clock {
  /** Monotonic ms; only differences mean something. */
  now(): number;
  /** Epoch ms, for people and journals; may jump. */
  wallTime(): number;
  /** Runs once after `delayMs` (>= 0). */
  schedule(delayMs: number, run: () => void, options?: ScheduleOptions): Cancel;
}

/** When an event happened, and the random number that goes with it: reducers have neither clock nor dice. */
export interface EventTime {
  /** Monotonic ms. */
  readonly at: number;
  /** Epoch ms, for problems and journals. */
  readonly wallTime: number;
  /** Uniform in [0, 1). */
  readonly random: number;
}

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** A fresh unguessable identifier (RFC 9562 version 4). */
  uuid(): string;
}
