import type { Credentials, ShutdownNotice } from '../dialect/dialect.ts';
import type { PeerError } from '../dialect/incoming.ts';
import type { Refusal } from '../dialect/refusal.ts';
import type { CloseInfo } from '../ports/sockets.ts';
import { Redactor } from '../redaction/redactor.ts';

/** Returns a redactor for what a peer says: it may repeat our own secret to us, in a reason or in an error. */
export function redactorFor(...credentials: readonly Credentials[]): Redactor {
  const secrets = credentials.flatMap(({ token, password }) => [token ?? '', password ?? '']);
  return new Redactor({ secrets, patterns: false });
}

export function redactRefusal(redactor: Redactor, refusal: Refusal): Refusal {
  switch (refusal.kind) {
    case 'device-invalid':
    case 'invalid-frame':
      return { ...refusal, detail: redactor.text(refusal.detail) };
    case 'pairing-required': {
      const { message, requestId, reason } = refusal;
      return {
        kind: refusal.kind,
        message: redactor.text(message),
        ...(requestId === undefined || redactor.text(requestId) !== requestId ? {} : { requestId }),
        ...(reason === undefined ? {} : { reason: redactor.text(reason) }),
      };
    }
    case 'scope-missing':
      return { ...refusal, missing: refusal.missing.map((scope) => redactor.text(scope)) };
    case 'protocol-mismatch':
      return { ...refusal, theirs: redactor.text(refusal.theirs) };
    case 'rejected':
      return { ...refusal, code: redactCode(redactor, refusal.code), message: redactor.text(refusal.message) };
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
      return { ...refusal, message: redactor.text(refusal.message) };
    default:
      return refusal satisfies never;
  }
}

export function redactClose(redactor: Redactor, close: CloseInfo): CloseInfo {
  const { failure } = close;
  const redacted = { ...close, reason: redactor.text(close.reason) };
  if (failure === undefined) return redacted;
  return { ...redacted, failure: { ...failure, message: redactor.text(failure.message) } };
}

export function redactNotice(redactor: Redactor, notice: ShutdownNotice): ShutdownNotice {
  return { ...notice, reason: redactor.text(notice.reason) };
}

export function redactError(redactor: Redactor, { code, message, data }: PeerError): PeerError {
  return {
    code: redactCode(redactor, code),
    message: redactor.text(message),
    ...(data === undefined ? {} : { data: redactor.value(data) }),
  };
}

function redactCode(redactor: Redactor, code: number | string): number | string {
  return typeof code === 'string' ? redactor.text(code) : code;
}
