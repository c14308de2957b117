import { isObject, OPENCLAW_PROTOCOL, type OpenClawError } from '@deskclaw/protocol';
import type { CloseReason } from './dialect.ts';
import type { Refusal } from './refusal.ts';

export const supportedVersionsText = `${String(OPENCLAW_PROTOCOL.min)} to ${String(OPENCLAW_PROTOCOL.max)}`;

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function delay(error: OpenClawError): { readonly retryAfterMs?: number } {
  const ms = error.retryAfterMs;
  return ms !== undefined && Number.isFinite(ms) && ms >= 0 ? { retryAfterMs: ms } : {};
}

/** Version 2026.2 sends no `details`, so its sentences are all there is to go by. Measured, word for word. */
function codeFromMessage(message: string): string | undefined {
  if (message.includes('too many failed authentication attempts')) return 'AUTH_RATE_LIMITED';
  if (message === 'unauthorized' || /token mismatch|password mismatch/.test(message)) return 'AUTH_TOKEN_MISMATCH';
  if (/token missing|password missing/.test(message)) return 'AUTH_TOKEN_MISSING';
  if (message.startsWith('device identity required')) return 'DEVICE_IDENTITY_REQUIRED';
  if (message.startsWith('pairing required')) return 'PAIRING_REQUIRED';
  if (message.startsWith('protocol mismatch')) return 'PROTOCOL_MISMATCH';
  if (message.startsWith('device signature invalid')) return 'DEVICE_AUTH_SIGNATURE_INVALID';
  if (/^device (signature|nonce|identity)/.test(message)) return 'DEVICE_AUTH_INVALID';
  return undefined;
}

/** Ids were UUIDs wherever they were seen. What comes is shown as part of a command, so it has to be one harmless word. */
const requestIdForm = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;

function pairing(details: Readonly<Record<string, unknown>>, message: string): Refusal {
  const reported = text(details['requestId']) ?? /\(requestId: ([^)]+)\)/.exec(message)?.[1];
  const requestId = reported !== undefined && requestIdForm.test(reported) ? reported : undefined;
  const reason = text(details['reason']);
  return {
    kind: 'pairing-required',
    message,
    ...(requestId === undefined ? {} : { requestId }),
    ...(reason === undefined ? {} : { reason }),
  };
}

/** Returns the refusal that an error response to `connect` stands for. */
export function readRefusal(error: OpenClawError): Refusal {
  const { message } = error;
  const details = isObject(error.details) ? error.details : {};
  if (error.code === 'UNAVAILABLE') return { kind: 'starting', message, ...delay(error) };
  const code = text(details['code']) ?? codeFromMessage(message) ?? error.code;
  switch (code) {
    case 'AUTH_TOKEN_MISSING':
    case 'AUTH_PASSWORD_MISSING':
      return { kind: 'token-missing', message };
    case 'AUTH_TOKEN_MISMATCH':
    case 'AUTH_PASSWORD_MISMATCH':
    case 'AUTH_DEVICE_TOKEN_MISMATCH':
    case 'AUTH_BOOTSTRAP_TOKEN_INVALID':
      return { kind: 'token-mismatch', message };
    case 'AUTH_SCOPE_MISMATCH':
      // The token is known and good, and covers less than was asked.
      return { kind: 'scope-missing', missing: [message] };
    case 'DEVICE_AUTH_SIGNATURE_INVALID':
      return { kind: 'signature-refused', message };
    case 'AUTH_RATE_LIMITED':
      return { kind: 'rate-limited', ...delay(error) };
    case 'PAIRING_REQUIRED':
    case 'NOT_PAIRED':
      return pairing(details, message);
    case 'DEVICE_IDENTITY_REQUIRED':
    case 'CONTROL_UI_DEVICE_IDENTITY_REQUIRED':
      return { kind: 'device-required', message };
    case 'PROTOCOL_MISMATCH':
    case 'CLIENT_VERSION_MISMATCH': {
      const theirs = details['expectedProtocol'];
      return {
        kind: 'protocol-mismatch',
        ours: supportedVersionsText,
        theirs: typeof theirs === 'number' ? String(theirs) : message,
      };
    }
    case 'MISSING_SCOPE': {
      const missing = text(details['missingScope']);
      return { kind: 'scope-missing', missing: missing === undefined ? [message] : [missing] };
    }
    default:
      return { kind: 'rejected', code, message, ...delay(error) };
  }
}

/** Reads the refusal that a close repeats: OpenClaw closes with the sentence of its answer, which may have been lost. */
export function readCloseRefusal({ code, reason }: CloseReason): Refusal | undefined {
  if (code === 1002 && reason.startsWith('protocol mismatch')) {
    return { kind: 'protocol-mismatch', ours: supportedVersionsText, theirs: 'another version' };
  }
  if (code !== 1008) return undefined;
  const refusal = readRefusal({ code: '', message: reason });
  switch (refusal.kind) {
    case 'token-missing':
    case 'token-mismatch':
    case 'rate-limited':
    case 'pairing-required':
      return refusal;
    default:
      return reason.startsWith('unauthorized') ? { kind: 'token-mismatch', message: reason } : undefined;
  }
}
