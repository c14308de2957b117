import type { Bench } from './bench.ts';

/**
 * Verifies one fact that DeskClaw relies on. `run` throws if the gateway behaves differently; its result is printed
 * beside the tick.
 */
export interface Check {
  readonly name: string;
  /** The fact in a few words. */
  readonly fact: string;
  /** Generations that the check applies to. Default: all. */
  readonly only?: readonly ('A' | 'B' | 'C')[];
  run(bench: Bench): Promise<string | undefined>;
}
