import { exitCodeForSignal } from './exit.ts';

export type InterruptSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';
const watched: readonly InterruptSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** `count` says which Ctrl-C this is: the first asks, the next insists. */
export type InterruptListener = (signal: InterruptSignal, count: number) => void;

/**
 * What a signal means. By default the process ends at once with that signal's exit code;
 * a command that has something to end first takes them over.
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

  /** Runs before the process is left by a signal, to put the terminal in order. @returns forgets it. */
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
