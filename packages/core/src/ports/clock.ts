export type Cancel = () => void;

/** Time as the core sees it. Nothing below reads a clock of its own, so a simulation can own time. */
export interface Clock {
  /** Monotonic ms; only differences mean something. */
  now(): number;
  /** Epoch ms, for people and journals; may jump. */
  wallTime(): number;
  /** Runs once after `delayMs` (>= 0). A pending one never keeps a process alive by itself unless `keepAlive` is set. */
  schedule(delayMs: number, run: () => void): Cancel;
}
