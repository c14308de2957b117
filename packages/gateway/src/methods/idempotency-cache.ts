const MAX_ENTRIES = 1000;

/** Answers by key, the newest kept. A failure is not kept: it may be tried again. */
export class IdempotencyCache<T> {
  readonly #answers = new Map<string, Promise<T>>();

  once(key: string, work: () => Promise<T>): Promise<T> {
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const answer = work();
    this.#answers.set(key, answer);
    answer.catch(() => this.#answers.delete(key));
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > MAX_ENTRIES && oldest !== undefined) this.#answers.delete(oldest);
    return answer;
  }
}
