import { cleanLine, cleanText, cutData, cutText } from '@deskclaw/protocol';
import type { Credentials, ShutdownNotice } from '../dialect/dialect.ts';
import type { PeerError } from '../dialect/incoming.ts';
import type { Refusal } from '../dialect/refusal.ts';
import type { Session } from '../dialect/session.ts';
import type { CloseInfo } from '../ports/sockets.ts';
import { Redactor } from '../redaction/redactor.ts';

function secretsOf(credentials: readonly Credentials[]): readonly string[] {
  return credentials.flatMap(({ token = '', password = '' }) => [token, password]).filter((secret) => secret !== '');
}

/** Returns a redactor for what a peer says: it may repeat our own secret to us, in a reason or in an error. */
export function redactorFor(...credentials: readonly Credentials[]): Redactor {
  return new Redactor({ secrets: secretsOf(credentials), patterns: false });
}

/** The redactor of the current attempt. Attempts with the same secrets share one: to find every form of a secret takes long. */
export class PeerRedactors {
  #secrets: readonly string[] = [];
  #redactor = redactorFor();

  for(...credentials: readonly Credentials[]): Redactor {
    const secrets = secretsOf(credentials);
    const known = this.#secrets;
    if (secrets.length !== known.length || secrets.some((secret, index) => secret !== known[index])) {
      this.#secrets = secrets;
      this.#redactor = redactorFor(...credentials);
    }
    return this.#redactor;
  }
}

/** Longest text of a peer that goes into a problem, and with it into the status and to every client. */
const MAX_TEXT = 2 * 1024;
/** Longest data of an error, characters. */
const MAX_DATA = 64 * 1024;
const MAX_SCOPES = 32;
/** Longest version or name of a method, event or scope. */
const MAX_NAME = 256;

/** Returns what the peer said without secrets and control characters, cut. */
function peerText(redactor: Redactor, text: string): string {
  return cutText(redactor.text(cleanText(text)), MAX_TEXT);
}

function peerName(text: string): string {
  return cutText(cleanLine(text), MAX_NAME);
}

/** Returns the facts of a session with its names cleaned: they are shown in the status and listed by `methods`. */
export function cleanSession(session: Session): Session {
  const { version, methods, events, scopes, missingScopes } = session;
  return {
    ...session,
    ...(version === undefined ? {} : { version: peerName(version) }),
    ...(methods === undefined ? {} : { methods: methods.map(peerName) }),
    ...(events === undefined ? {} : { events: events.map(peerName) }),
    ...(scopes === undefined ? {} : { scopes: scopes.map(peerName) }),
    ...(missingScopes === undefined ? {} : { missingScopes: missingScopes.map(peerName) }),
  };
}

export function redactRefusal(redactor: Redactor, refusal: Refusal): Refusal {
  switch (refusal.kind) {
    case 'device-invalid':
    case 'invalid-frame':
      return { ...refusal, detail: peerText(redactor, refusal.detail) };
    case 'pairing-required': {
      const { message, requestId, reason } = refusal;
      return {
        kind: refusal.kind,
        message: peerText(redactor, message),
        ...(requestId === undefined || peerText(redactor, requestId) !== requestId ? {} : { requestId }),
        ...(reason === undefined ? {} : { reason: peerText(redactor, reason) }),
      };
    }
    case 'scope-missing':
      return { ...refusal, missing: refusal.missing.slice(0, MAX_SCOPES).map((scope) => peerText(redactor, scope)) };
    case 'protocol-mismatch':
      return { ...refusal, theirs: peerText(redactor, refusal.theirs) };
    case 'rejected':
      return { ...refusal, code: redactCode(redactor, refusal.code), message: peerText(redactor, refusal.message) };
    case 'rate-limited':
    case 'other-dialect':
    // The text of these two is our own, or the keyring's.
    case 'device-locked':
    case 'device-lost':
      return refusal;
    case 'token-missing':
    case 'token-mismatch':
    case 'signature-refused':
    case 'device-required':
    case 'device-revoked':
    case 'starting':
      return { ...refusal, message: peerText(redactor, refusal.message) };
    default:
      return refusal satisfies never;
  }
}

export function redactClose(redactor: Redactor, close: CloseInfo): CloseInfo {
  const { failure } = close;
  const redacted = { ...close, reason: peerText(redactor, close.reason) };
  if (failure === undefined) return redacted;
  return { ...redacted, failure: { ...failure, message: peerText(redactor, failure.message) } };
}

export function redactNotice(redactor: Redactor, notice: ShutdownNotice): ShutdownNotice {
  return { ...notice, reason: peerText(redactor, notice.reason) };
}

export function redactError(redactor: Redactor, { code, message, data }: PeerError): PeerError {
  return {
    code: redactCode(redactor, code),
    message: peerText(redactor, message),
    ...(data === undefined ? {} : { data: cutData(redactor.value(data), MAX_DATA) }),
  };
}

function redactCode(redactor: Redactor, code: number | string): number | string {
  return typeof code === 'string' ? peerText(redactor, code) : code;
}
