import type { LastFailure, Problem } from '@deskclaw/protocol';

/** Stores the newest failure of a gateway, so that the status of a later process still shows it. */
export interface FailureStore {
  /** Returns the failure that an earlier process stored. */
  load(): LastFailure | undefined;
  /** Stores a failure and returns it as a status is to show it. */
  save(problem: Problem): LastFailure;
  /** Called when the gateway runs again. */
  clear(): void;
}

/** Stores nothing: the failure is remembered by the manager alone. */
export const memoryFailureStore: FailureStore = {
  load: () => undefined,
  save: (problem) => ({ problem, at: problem.at }),
  clear: () => undefined,
};

/** What a reader of the status calls the same failure: a repeated attempt that is refused for the same reason is no new one. */
function isSame(one: Problem, other: Problem): boolean {
  return one.code === other.code && one.detail === other.detail;
}

/** Remembers the newest failure by the statuses that are derived, one after another. */
export class FailureMemory {
  readonly #store: FailureStore;
  #last: LastFailure | undefined;
  /** The problem of `#last` as it was reported. */
  #reported: Problem | undefined;

  constructor(store: FailureStore) {
    this.#store = store;
    this.#last = store.load();
  }

  get last(): LastFailure | undefined {
    return this.#last;
  }

  /** Remembers a failure, unless it is the one remembered already. */
  note(problem: Problem): void {
    // A user who takes a start back, or lets a newer request win, needs no explanation.
    if (problem.code === 'aborted' || this.#reported === problem) return;
    this.#reported = problem;
    this.#last = this.#store.save(problem);
  }

  /** Takes notice of a status: `error` is a failure, and a gateway that begins to run replaces the failure before. */
  observe(from: { readonly state: string }, to: { readonly state: string; readonly problem?: Problem }): void {
    if (to.state === 'error' && to.problem !== undefined) {
      const isRepeated = from.state === 'error' && this.#reported !== undefined && isSame(this.#reported, to.problem);
      if (!isRepeated) this.note(to.problem);
    }
    if (to.state === 'running' && from.state !== 'running' && this.#last !== undefined) {
      this.#last = undefined;
      this.#reported = undefined;
      this.#store.clear();
    }
  }
}
