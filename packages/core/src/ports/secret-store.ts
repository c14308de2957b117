/**
 * The system's keyring did not do what it was asked. `refused`: somebody said no. `waiting`: it asks a person, who has not
 * answered yet. `unavailable`: there is none, or it cannot be reached.
 */
export interface KeyringError {
  readonly kind: 'error';
  readonly cause: 'refused' | 'waiting' | 'unavailable';
  /** In words, without a full stop. */
  readonly message: string;
}

export type SecretReadResult =
  | { readonly kind: 'found'; readonly secret: string }
  | { readonly kind: 'absent' }
  | KeyringError;
export type SecretWriteResult = { readonly kind: 'done' } | KeyringError;

/** Small secrets by name, guarded by the system. Every trouble is an answer; nothing rejects. */
export interface SecretStore {
  read(account: string): Promise<SecretReadResult>;
  write(account: string, secret: string): Promise<SecretWriteResult>;
  /** One that is not there is as good as removed. */
  remove(account: string): Promise<SecretWriteResult>;
}
