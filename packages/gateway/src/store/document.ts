/** One small value that outlives the call that made it. Updates are applied one after another. */
export interface Document<T> {
  readonly value: T;
  /** Resolves once the new value is kept; rejects, and keeps the old one, when it could not be. */
  update(change: (value: T) => T): Promise<T>;
}

export function createMemoryDocument<T>(initial: T): Document<T> {
  let value = initial;
  return {
    get value() {
      return value;
    },
    async update(change) {
      value = change(value);
      return value;
    },
  };
}
