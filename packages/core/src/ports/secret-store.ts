/**
 * An error of the system keyring. `refused`: the user or the system refused. `waiting`: the keyring prompts a user, who has not
 * answered yet. `unavailable`: there is no keyring, or it cannot be reached.
 */
export interface KeyringError {
  readonly kind: 'error';
  readonly cause: 'refused' | 'waiting' | 'unavailable';
  /** A message without a full stop. */
  readonly message: string;
}

export type SecretReadResult =
  | { readonly kind: 'found'; readonly secret: string }
  | { readonly kind: 'absent' }
  | KeyringError;
export type SecretWriteResult = { readonly kind: 'done' } | KeyringError;

/** Small secrets by name, guarded by the system. Errors are results; nothing rejects. */
export interface SecretStore {
  read(account: string): Promise<SecretReadResult>;
  write(account: string, secret: string): Promise<SecretWriteResult>;
  /** Removing an absent secret succeeds. */
  remove(account: string): Promise<SecretWriteResult>;
}
