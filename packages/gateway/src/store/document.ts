/** A small stored value. Updates are applied one after another. */
export interface Document<T> {
  readonly value: T;
  /** Resolves once the new value is stored; rejects and keeps the old one on failure. */
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
