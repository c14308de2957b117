import { isObject, parseJson } from '@deskclaw/protocol';
import type { SecretChange, SecretReading } from '../secret-store.ts';

/** What the program that talks to the keyring is asked, as one line. */
export type KeyringQuestion =
  | { readonly ask: 'read' | 'remove'; readonly account: string }
  | { readonly ask: 'write'; readonly account: string; readonly secret: string };

/** Its answer, as one line. */
export type KeyringAnswer = SecretReading | SecretChange;

/** `undefined`: it is none. */
export function readQuestion(line: string): KeyringQuestion | undefined {
  const asked = parseJson(line);
  if (!isObject(asked) || typeof asked['account'] !== 'string') return undefined;
  const { ask, account, secret } = asked;
  if (ask === 'read' || ask === 'remove') return { ask, account };
  return ask === 'write' && typeof secret === 'string' ? { ask, account, secret } : undefined;
}

/** `undefined`: it is none. */
export function readAnswer(line: string): KeyringAnswer | undefined {
  const answer = parseJson(line);
  if (!isObject(answer)) return undefined;
  const { kind, secret, because, reason } = answer;
  if (kind === 'absent' || kind === 'done') return { kind };
  if (kind === 'found') return typeof secret === 'string' ? { kind, secret } : undefined;
  if (kind !== 'trouble' || typeof reason !== 'string') return undefined;
  return because === 'refused' || because === 'unavailable' ? { kind, because, reason } : undefined;
}
