/**
 * The login of a dashboard page: the first messages on its WebSocket, before any of the control API. A page keeps a
 * secret for its origin; the host keeps its SHA-256, and each side proves to the other that it has it. So neither a
 * program that took over the port of a host that ended, nor one that reads the host's file, can log in.
 * It is SCRAM (RFC 5802) without a password to slow guesses down: the secret has 256 random bits.
 */
import { isObject } from './json.ts';
import { isRpcRequest, type RpcId } from './jsonrpc.ts';

/** Close code: the page has no session here, or it ended. Only a new link helps. */
export const SESSION_REFUSED = 4_401;

/** Redeems the token of a one-time link for a session. */
export interface OpenSession {
  readonly method: 'session.open';
  readonly params: { readonly token: string };
}
/** Asks for the nonce that `session.resume` answers. */
export interface ChallengeSession {
  readonly method: 'session.challenge';
  readonly params?: undefined;
}
/** Continues a session. `nonce` is the page's own; `proof` as `pageProof` makes it. */
export interface ResumeSession {
  readonly method: 'session.resume';
  readonly params: { readonly id: string; readonly nonce: string; readonly proof: string };
}
export type LoginRequest = OpenSession | ChallengeSession | ResumeSession;

export interface LoginResults {
  /** `secret`: 32 bytes in base64url, for the page alone. */
  'session.open': { readonly id: string; readonly secret: string };
  'session.challenge': { readonly nonce: string };
  'session.resume': { readonly proof: string };
}

/** What both proofs of one login are made over: a proof is good for one connection, on one origin. */
export interface LoginContext {
  readonly hostNonce: string;
  readonly pageNonce: string;
  /** `http://127.0.0.1:PORT`, as the browser says it. */
  readonly origin: string;
}

/** Returns the text that each side signs with HMAC-SHA-256 and the SHA-256 of the secret as its key. */
export function loginText(side: 'page' | 'host', { hostNonce, pageNonce, origin }: LoginContext): string {
  return [`deskclaw ${side}`, hostNonce, pageNonce, origin].join('\n');
}

function hasTexts<K extends string>(value: unknown, ...keys: readonly K[]): value is Readonly<Record<K, string>> {
  return isObject(value) && keys.every((key) => typeof value[key] === 'string');
}

/** Returns the login request in a frame, with its id; `undefined` for anything else. */
export function parseLoginRequest(frame: unknown): (LoginRequest & { readonly id: RpcId }) | undefined {
  if (!isRpcRequest(frame)) return undefined;
  const { id, method, params } = frame;
  switch (method) {
    case 'session.challenge':
      return { id, method };
    case 'session.open':
      return hasTexts(params, 'token') ? { id, method, params: { token: params.token } } : undefined;
    case 'session.resume':
      return hasTexts(params, 'id', 'nonce', 'proof')
        ? { id, method, params: { id: params.id, nonce: params.nonce, proof: params.proof } }
        : undefined;
    default:
      return undefined;
  }
}
