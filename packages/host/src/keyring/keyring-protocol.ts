import type { SecretReadResult, SecretWriteResult } from '@deskclaw/core';
import { isObject, parseJson } from '@deskclaw/protocol';

/** A request to the keyring program, written as one line of JSON. */
export type KeyringRequest =
  | { readonly method: 'read' | 'remove'; readonly account: string }
  | { readonly method: 'write'; readonly account: string; readonly secret: string };

/** The response of the keyring program, written as one line of JSON. */
export type KeyringResponse = SecretReadResult | SecretWriteResult;

/** Returns `undefined` for a line that is no request. */
export function parseRequest(line: string): KeyringRequest | undefined {
  const value = parseJson(line);
  if (!isObject(value) || typeof value['account'] !== 'string') return undefined;
  const { account, secret } = value;
  // A host of 0.1 that still runs after an update asks with `ask`.
  const method = value['method'] ?? value['ask'];
  if (method === 'read' || method === 'remove') return { method, account };
  return method === 'write' && typeof secret === 'string' ? { method, account, secret } : undefined;
}

/** Returns `undefined` for a line that is no response. */
export function parseResponse(line: string): KeyringResponse | undefined {
  const value = parseJson(line);
  if (!isObject(value)) return undefined;
  const { kind, secret, cause, message } = value;
  if (kind === 'absent' || kind === 'done') return { kind };
  if (kind === 'found') return typeof secret === 'string' ? { kind, secret } : undefined;
  if (kind !== 'error' || typeof message !== 'string') return undefined;
  return cause === 'refused' || cause === 'unavailable' ? { kind, cause, message } : undefined;
}
