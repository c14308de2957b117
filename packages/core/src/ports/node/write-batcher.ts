import type { Writable } from 'node:stream';

/** Writes after which a batch leaves although the tick goes on, so that a long burst starts to arrive while it is written. */
const MAX_BATCHED_WRITES = 64;

/**
 * Batches the writes of one tick into one system call (`writev`). One call each cost 1.11 x the CPU of a raw socket at 64
 * requests in flight, batched it is 0.74 x. A single write leaves at the end of its own tick, before any timer or I/O.
 */
export class WriteBatcher {
  readonly #stream: Writable;
  /** Writes since the stream was corked; 0: it is not corked. */
  #writes = 0;
  readonly #atEndOfTick = (): void => this.flush();

  constructor(stream: Writable) {
    this.#stream = stream;
  }

  /** Announces one write, which the caller makes right after this. */
  beforeWrite(): void {
    if (this.#writes === 0) process.nextTick(this.#atEndOfTick);
    else if (this.#writes < MAX_BATCHED_WRITES) {
      this.#writes += 1;
      return;
    } else this.#stream.uncork();
    this.#stream.cork();
    this.#writes = 1;
  }

  /** Hands everything batched to the system now. */
  flush(): void {
    if (this.#writes === 0) return;
    this.#writes = 0;
    this.#stream.uncork();
  }
}
