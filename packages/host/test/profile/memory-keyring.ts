import type { KeyringError, SecretReadResult, SecretStore, SecretWriteResult } from '@deskclaw/core';

export function trouble(cause: KeyringError['cause'], reason = 'it will not'): KeyringError {
  return { kind: 'error', cause, message: reason };
}

/** Keyring in memory that records the requests. */
export class MemoryKeyring implements SecretStore {
  readonly entries = new Map<string, string>();
  readonly asked: string[] = [];
  /** Error that every request fails with, if set. */
  trouble: KeyringError | undefined;
  /** Accepts a secret but stores a different one. */
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
