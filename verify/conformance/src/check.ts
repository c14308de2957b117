import type { Bench } from './bench.ts';

/** One fact that DeskClaw relies on. Throws where a gateway does otherwise; the result is shown beside the tick. */
export interface Check {
  readonly name: string;
  /** What we rely on, in a few words. */
  readonly fact: string;
  /** Generations it says something about; default all. */
  readonly only?: readonly ('A' | 'B' | 'C')[];
  run(bench: Bench): Promise<string | undefined>;
}
