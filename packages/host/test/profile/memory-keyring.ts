import type { KeyringError, SecretReadResult, SecretStore, SecretWriteResult } from '@deskclaw/core';

export function trouble(cause: KeyringError['cause'], reason = 'it will not'): KeyringError {
  return { kind: 'error', cause, message: reason };
}

/** A keyring that does as it is told, and notes what it was asked. */
export class MemoryKeyring implements SecretStore {
  readonly entries = new Map<string, string>();
  readonly asked: string[] = [];
  /** What it answers instead. */
  trouble: KeyringError | undefined;
  /** Takes what it is given, and keeps something else. */
  garbles = false;

  read = async (account: string): Promise<SecretReadResult> => {
    this.asked.push('read');
    if (this.trouble !== undefined) return this.trouble;
    const secret = this.entries.get(account);
    return secret === undefined ? { kind: 'absent' } : { kind: 'found', secret };
  };

  write = async (account: string, secret: string): Promise<SecretWriteResult> => {
    this.asked.push('write');
    if (this.trouble !== undefined) return this.trouble;
    this.entries.set(account, this.garbles ? secret.slice(1) : secret);
    return { kind: 'done' };
  };

  remove = async (account: string): Promise<SecretWriteResult> => {
    this.asked.push('remove');
    if (this.trouble !== undefined) return this.trouble;
    this.entries.delete(account);
    return { kind: 'done' };
  };
}
