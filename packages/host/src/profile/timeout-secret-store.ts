import type { Clock, KeyringError, SecretReadResult, SecretStore, SecretWriteResult } from '@deskclaw/core';

/** Well below the 5000 that a connection may take: what keeps it waiting must be named in time. */
const DEFAULT_TIMEOUT_MS = 2_500;

const timedOut: KeyringError = {
  kind: 'error',
  cause: 'waiting',
  message: 'it shows a prompt, perhaps for a password, and nobody has answered it yet',
};

/**
 * Wraps a keyring with a timeout for each answer. The request goes on, for a person may still answer; until then the keyring
 * gets no other request, so that no second prompt appears on top of the first. A late answer is used by the next read.
 */
export class TimeoutSecretStore implements SecretStore {
  readonly #store: SecretStore;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  #queue: Promise<unknown> = Promise.resolve();
  #isOverdue = false;
  #late: { readonly account: string; readonly reading: SecretReadResult } | undefined;

  /** @param timeoutMs for each answer; default 2500 */
  constructor(store: SecretStore, clock: Clock, timeoutMs = DEFAULT_TIMEOUT_MS) {
    this.#store = store;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  read(account: string): Promise<SecretReadResult> {
    return this.#serialize(async () => {
      const late = this.#late;
      this.#late = undefined;
      if (late?.account === account) return late.reading;
      return this.#withTimeout<SecretReadResult>(
        () => this.#store.read(account),
        (reading) => {
          this.#late = { account, reading };
        },
      );
    });
  }

  write(account: string, secret: string): Promise<SecretWriteResult> {
    return this.#change(() => this.#store.write(account, secret));
  }

  remove(account: string): Promise<SecretWriteResult> {
    return this.#change(() => this.#store.remove(account));
  }

  #change(change: () => Promise<SecretWriteResult>): Promise<SecretWriteResult> {
    return this.#serialize(() => {
      this.#late = undefined;
      return this.#withTimeout(change, () => undefined);
    });
  }

  #withTimeout<A>(request: () => Promise<A>, onLateAnswer: (answer: A) => void): Promise<A | KeyringError> {
    if (this.#isOverdue) return Promise.resolve(timedOut);
    return new Promise((resolve, reject) => {
      let isLate = false;
      const onTimeout = () => {
        isLate = true;
        this.#isOverdue = true;
        resolve(timedOut);
      };
      const cancel = this.#clock.schedule(this.#timeoutMs, onTimeout, { keepAlive: true });
      request()
        .finally(() => {
          cancel();
          this.#isOverdue = false;
        })
        .then((answer) => {
          if (isLate) onLateAnswer(answer);
          else resolve(answer);
        }, reject);
    });
  }

  #serialize<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(work, work);
    this.#queue = result.catch(() => undefined);
    return result;
  }
}
