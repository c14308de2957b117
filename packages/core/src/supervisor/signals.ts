import type { ProcessIdentity } from '../ports/spawner.ts';
import type { OutputLine } from '../process/output-line.ts';
import type { SupervisorEvent } from './event.ts';
import type { Exit, SupervisorState } from './state.ts';

export interface Arrival {
  readonly launch: number;
  readonly generation: number;
  readonly child: ProcessIdentity;
}

/** What a supervisor tells. */
export interface SupervisorSignals {
  readonly transition: {
    readonly from: SupervisorState;
    readonly to: SupervisorState;
    readonly cause: SupervisorEvent['type'];
  };
  readonly spawned: Arrival;
  /** Taken over from an earlier host of ours. */
  readonly adopted: Arrival;
  readonly exit: Exit;
  readonly line: OutputLine;
  /** Let it finish its work, then `reportDrained`; with nobody listening, it is not waited for. */
  readonly drain: { readonly launch: number; readonly limitMs: number };
}
export type SignalName = keyof SupervisorSignals;

/** Listeners by name. One that throws disturbs nobody. */
export class Signals {
  readonly #listeners = new Map<SignalName, Set<(payload: never) => void>>();
  readonly #onThrow: (name: SignalName, error: unknown) => void;

  constructor(onThrow: (name: SignalName, error: unknown) => void) {
    this.#onThrow = onThrow;
  }

  on<N extends SignalName>(name: N, listener: (payload: SupervisorSignals[N]) => void): () => void {
    const own: (payload: never) => void = listener;
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    listeners.add(own);
    return () => {
      listeners.delete(own);
    };
  }

  emit<N extends SignalName>(name: N, payload: SupervisorSignals[N]): void;
  emit(name: SignalName, payload: never): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) {
      try {
        listener(payload);
      } catch (error) {
        this.#onThrow(name, error);
      }
    }
  }

  hears(name: SignalName): boolean {
    return (this.#listeners.get(name)?.size ?? 0) > 0;
  }
}
