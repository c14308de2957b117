import { isObject, OPENCLAW_PROTOCOL, type OpenClawError } from '@deskclaw/protocol';
import type { Credentials } from './dialect.ts';
import type { Refusal } from './refusal.ts';

export const oursInWords = `${String(OPENCLAW_PROTOCOL.min)} to ${String(OPENCLAW_PROTOCOL.max)}`;

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function delay(error: OpenClawError): { readonly retryAfterMs?: number } {
  const ms = error.retryAfterMs;
  return ms !== undefined && Number.isFinite(ms) && ms >= 0 ? { retryAfterMs: ms } : {};
}

/** Version 2026.2 sends no `details`, so its sentences are all there is to go by. Measured, word for word. */
function codeFromMessage(message: string): string | undefined {
  if (/token mismatch|password mismatch/.test(message)) return 'AUTH_TOKEN_MISMATCH';
  if (/token missing|password missing/.test(message)) return 'AUTH_TOKEN_MISSING';
  if (message.startsWith('device identity required')) return 'DEVICE_IDENTITY_REQUIRED';
  if (message.startsWith('pairing required')) return 'PAIRING_REQUIRED';
  if (message.startsWith('protocol mismatch')) return 'PROTOCOL_MISMATCH';
  if (/^device (signature|nonce|identity)/.test(message)) return 'DEVICE_AUTH_INVALID';
  return undefined;
}

function pairing(details: Readonly<Record<string, unknown>>, message: string): Refusal {
  const requestId = text(details['requestId']);
  const reason = text(details['reason']);
  return {
    kind: 'pairing-required',
    message,
    ...(requestId === undefined ? {} : { requestId }),
    ...(reason === undefined ? {} : { reason }),
  };
}

/** What an error to `connect` means. */
export function readRefusal(error: OpenClawError, credentials: Credentials): Refusal {
  const { message } = error;
  const details = isObject(error.details) ? error.details : {};
  if (error.code === 'UNAVAILABLE') return { kind: 'starting', message, ...delay(error) };
  const code = text(details['code']) ?? codeFromMessage(message) ?? error.code;
  const hasSecret = credentials.token !== undefined || credentials.password !== undefined;
  switch (code) {
    case 'AUTH_TOKEN_MISSING':
    case 'AUTH_PASSWORD_MISSING':
      return { kind: 'token-missing', message };
    case 'AUTH_TOKEN_MISMATCH':
    case 'AUTH_PASSWORD_MISMATCH':
    case 'AUTH_DEVICE_TOKEN_MISMATCH':
    case 'AUTH_BOOTSTRAP_TOKEN_INVALID':
    case 'AUTH_SCOPE_MISMATCH':
      return { kind: 'token-mismatch', message };
    case 'AUTH_RATE_LIMITED':
      return { kind: 'rate-limited', ...delay(error) };
    case 'PAIRING_REQUIRED':
    case 'NOT_PAIRED':
      return pairing(details, message);
    case 'DEVICE_IDENTITY_REQUIRED':
      // Asked of anyone who brings neither a token nor a device: the token is what is missing.
      return hasSecret ? { kind: 'device-required', message } : { kind: 'token-missing', message };
    case 'PROTOCOL_MISMATCH':
    case 'CLIENT_VERSION_MISMATCH': {
      const theirs = details['expectedProtocol'];
      return {
        kind: 'protocol-mismatch',
        ours: oursInWords,
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
