import type { Clock } from '../ports/clock.ts';
import type { KeyringError, SecretReadResult, SecretStore, SecretWriteResult } from '../ports/secret-store.ts';

/** Well below the 5000 that a connection may take: what keeps it waiting must be named in time. */
const WAIT_MS = 2_500;

const waiting: KeyringError = {
  kind: 'error',
  cause: 'waiting',
  message: 'it asks for something, a password perhaps, and nobody has answered yet',
};

/**
 * A keyring that is never waited for longer than this. What it was asked goes on, for a person may still answer; until then it
 * is asked nothing else, so that no second question is shown on top of the first. A reading that came late is not asked for again.
 */
export class PatientSecrets implements SecretStore {
  readonly #store: SecretStore;
  readonly #clock: Clock;
  readonly #waitMs: number;
  #turn: Promise<unknown> = Promise.resolve();
  #isOverdue = false;
  #late: { readonly account: string; readonly reading: SecretReadResult } | undefined;

  /** @param waitMs for each answer; default 2500 */
  constructor(store: SecretStore, clock: Clock, waitMs = WAIT_MS) {
    this.#store = store;
    this.#clock = clock;
    this.#waitMs = waitMs;
  }

  read(account: string): Promise<SecretReadResult> {
    return this.#inTurn(async () => {
      const late = this.#late;
      this.#late = undefined;
      if (late?.account === account) return late.reading;
      return this.#ask<SecretReadResult>(
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
    return this.#inTurn(() => {
      this.#late = undefined;
      return this.#ask(change, () => undefined);
    });
  }

  #ask<A>(ask: () => Promise<A>, cameLate: (answer: A) => void): Promise<A | KeyringError> {
    if (this.#isOverdue) return Promise.resolve(waiting);
    return new Promise((resolve, reject) => {
      let isLate = false;
      const patience = () => {
        isLate = true;
        this.#isOverdue = true;
        resolve(waiting);
      };
      const cancel = this.#clock.schedule(this.#waitMs, patience, { keepAlive: true });
      ask()
        .finally(() => {
          cancel();
          this.#isOverdue = false;
        })
        .then((answer) => {
          if (isLate) cameLate(answer);
          else resolve(answer);
        }, reject);
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work, work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}
