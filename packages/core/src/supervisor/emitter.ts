import type { ProcessIdentity } from '../ports/spawner.ts';
import type { OutputLine } from '../process/output-line.ts';
import type { SupervisorEvent } from './event.ts';
import type { ExitRecord, SupervisorState } from './state.ts';

export interface LaunchedProcess {
  readonly launch: number;
  readonly generation: number;
  readonly child: ProcessIdentity;
}

/** What a supervisor tells. */
export interface SupervisorEventMap {
  readonly transition: {
    readonly from: SupervisorState;
    readonly to: SupervisorState;
    readonly cause: SupervisorEvent['type'];
  };
  readonly spawned: LaunchedProcess;
  /** Taken over from an earlier host of ours. */
  readonly adopted: LaunchedProcess;
  readonly exit: ExitRecord;
  readonly line: OutputLine;
  /** Let it finish its work, then `reportDrained`; with nobody listening, it is not waited for. */
  readonly drain: { readonly launch: number; readonly limitMs: number };
}
export type SupervisorEventName = keyof SupervisorEventMap;

/** Listeners by name. One that throws disturbs nobody. */
export class SupervisorEmitter {
  readonly #listeners = new Map<SupervisorEventName, Set<(payload: never) => void>>();
  readonly #onThrow: (name: SupervisorEventName, error: unknown) => void;

  constructor(onThrow: (name: SupervisorEventName, error: unknown) => void) {
    this.#onThrow = onThrow;
  }

  on<N extends SupervisorEventName>(name: N, listener: (payload: SupervisorEventMap[N]) => void): () => void {
    const own: (payload: never) => void = listener;
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    listeners.add(own);
    return () => {
      listeners.delete(own);
    };
  }

  emit<N extends SupervisorEventName>(name: N, payload: SupervisorEventMap[N]): void;
  emit(name: SupervisorEventName, payload: never): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) {
      try {
        listener(payload);
      } catch (error) {
        this.#onThrow(name, error);
      }
    }
  }

  hasListeners(name: SupervisorEventName): boolean {
    return (this.#listeners.get(name)?.size ?? 0) > 0;
  }
}
