import { exitCodeForSignal } from './exit.ts';

export type InterruptSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';
const watched: readonly InterruptSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** `count` numbers the Ctrl-C: the first requests, the next insists. */
export type InterruptListener = (signal: InterruptSignal, count: number) => void;

/**
 * Handles signals. By default the process exits at once with the exit code of the signal; a command with clean-up to do
 * registers a listener.
 */
export class Interrupts {
  readonly #exit: (code: number) => void;
  readonly #exitHooks = new Set<() => void>();
  #listener: InterruptListener | undefined;
  #count = 0;

  constructor(raise: (code: number) => void) {
    this.#exit = raise;
  }

  watch(source: NodeJS.Process): void {
    for (const signal of watched) source.on(signal, () => this.#receive(signal));
  }

  /** @returns gives them back. */
  onInterrupt(listener: InterruptListener): () => void {
    const before = this.#listener;
    this.#listener = listener;
    this.#count = 0;
    return () => {
      this.#listener = before;
      this.#count = 0;
    };
  }

  /**
   * Registers a hook that restores the terminal before a signal exits the process.
   * @returns a function that removes the hook.
   */
  beforeExit(hook: () => void): () => void {
    this.#exitHooks.add(hook);
    return () => {
      this.#exitHooks.delete(hook);
    };
  }

  raise(signal: InterruptSignal): void {
    for (const hook of this.#exitHooks) hook();
    this.#exit(exitCodeForSignal(signal));
  }

  #receive(signal: InterruptSignal): void {
    this.#count += 1;
    if (this.#listener === undefined) this.raise(signal);
    else this.#listener(signal, this.#count);
  }
}
