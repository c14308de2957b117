import type { Bench } from './bench.ts';

/** One thing we rely on. Throws where a gateway does otherwise; what it returns is shown beside the tick. */
export interface Check {
  readonly name: string;
  /** What we rely on, in a few words. */
  readonly fact: string;
  /** Generations it says something about; default all. */
  readonly only?: readonly ('A' | 'B' | 'C')[];
  run(bench: Bench): Promise<string | undefined>;
}
