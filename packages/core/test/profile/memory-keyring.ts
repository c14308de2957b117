import type { KeyringTrouble, SecretChange, SecretReading, SecretStore } from '../../src/ports/secret-store.ts';

export function trouble(because: KeyringTrouble['because'], reason = 'it will not'): KeyringTrouble {
  return { kind: 'trouble', because, reason };
}

/** A keyring that does as it is told, and notes what it was asked. */
export class MemoryKeyring implements SecretStore {
  readonly entries = new Map<string, string>();
  readonly asked: string[] = [];
  /** What it answers instead. */
  trouble: KeyringTrouble | undefined;
  /** Takes what it is given, and keeps something else. */
  garbles = false;

  read = async (account: string): Promise<SecretReading> => {
    this.asked.push('read');
    if (this.trouble !== undefined) return this.trouble;
    const secret = this.entries.get(account);
    return secret === undefined ? { kind: 'absent' } : { kind: 'found', secret };
  };

  write = async (account: string, secret: string): Promise<SecretChange> => {
    this.asked.push('write');
    if (this.trouble !== undefined) return this.trouble;
    this.entries.set(account, this.garbles ? secret.slice(1) : secret);
    return { kind: 'done' };
  };

  remove = async (account: string): Promise<SecretChange> => {
    this.asked.push('remove');
    if (this.trouble !== undefined) return this.trouble;
    this.entries.delete(account);
    return { kind: 'done' };
  };
}
