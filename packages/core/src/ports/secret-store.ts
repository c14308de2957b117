/**
 * The system's keyring did not do what it was asked. `refused`: somebody said no. `waiting`: it asks a person, who has not
 * answered yet. `unavailable`: there is none, or it cannot be reached.
 */
export interface KeyringTrouble {
  readonly kind: 'trouble';
  readonly because: 'refused' | 'waiting' | 'unavailable';
  /** In words, without a full stop. */
  readonly reason: string;
}

export type SecretReading =
  | { readonly kind: 'found'; readonly secret: string }
  | { readonly kind: 'absent' }
  | KeyringTrouble;
export type SecretChange = { readonly kind: 'done' } | KeyringTrouble;

/** Small secrets by name, guarded by the system. Every trouble is an answer; nothing rejects. */
export interface SecretStore {
  read(account: string): Promise<SecretReading>;
  write(account: string, secret: string): Promise<SecretChange>;
  /** One that is not there is as good as removed. */
  remove(account: string): Promise<SecretChange>;
}
