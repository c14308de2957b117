import { describeProblem, type Problem } from '@deskclaw/protocol';
import type { ShutdownNotice } from '../dialect/dialect.ts';
import type { Refusal } from '../dialect/refusal.ts';
import { readCloseRefusal } from '../dialect/registry.ts';
import type { CloseInfo, SocketFailure } from '../ports/sockets.ts';
import type { ConnectionFailure, Verdict } from './state.ts';

/** Facts for the words of a problem, none of them secret. */
export interface CloseContext {
  /** The address without anything secret. */
  readonly address: string;
  /** Where our token came from, in words. */
  readonly tokenSource: string;
  /** Whether we have anything to log in with: a token, a password, headers. Default true. */
  readonly hasSecret?: boolean;
  /** Epoch ms. */
  readonly at: number;
}

const retry: Verdict = { kind: 'retry' };
const retryNow: Verdict = { kind: 'retry-now' };
const pause: Verdict = { kind: 'pause' };
/** A person settles it elsewhere (approves the device on the gateway, say), and nobody tells us. */
const pauseForApproval: Verdict = { kind: 'pause', recheckPeriodically: true };

/** A keyring that was told no would ask that person again; one that still waits for an answer is not asked a second time. */
const whenLocked = { refused: pause, waiting: pauseForApproval, unavailable: pauseForApproval } as const;

/** How long to leave a gateway that is starting and names no time. OpenClaw names 500 ms. */
const STARTING_MS = 500;
const RATE_LIMIT_MS = 5_000;
const OVERLOADED_MS = 1_000;

function after(ms: number, progress: boolean): Verdict {
  return { kind: 'retry-after', ms, progress };
}

function sentence(message: string): string {
  return /[.!?]$/.test(message) ? message : `${message}.`;
}

/** Returns the verdict and the problem for a refusal in the handshake. */
export function judgeRefusal(refusal: Refusal, { address, tokenSource, at }: CloseContext): ConnectionFailure {
  switch (refusal.kind) {
    case 'token-missing':
      return { verdict: pause, problem: describeProblem('auth.token-missing', { detail: refusal.message }, at) };
    case 'token-mismatch': {
      const params = { source: tokenSource, message: refusal.message };
      return { verdict: pause, problem: describeProblem('auth.token-mismatch', params, at) };
    }
    case 'pairing-required': {
      const { kind: _, message: __, ...params } = refusal;
      return { verdict: pauseForApproval, problem: describeProblem('auth.pairing-required', params, at) };
    }
    case 'device-required':
      return {
        verdict: pause,
        problem: describeProblem('auth.device-required', { detail: sentence(refusal.message) }, at),
      };
    case 'device-revoked':
      return { verdict: pause, problem: describeProblem('auth.device-revoked', { message: refusal.message }, at) };
    case 'device-invalid':
      return {
        verdict: retry,
        problem: describeProblem('auth.device-unusable', { detail: sentence(refusal.detail) }, at),
      };
    case 'device-locked': {
      const { kind: _, ...params } = refusal;
      return { verdict: whenLocked[refusal.cause], problem: describeProblem('auth.device-locked', params, at) };
    }
    case 'device-lost': {
      const { kind: _, ...params } = refusal;
      return { verdict: pause, problem: describeProblem('auth.device-lost', params, at) };
    }
    case 'signature-refused': {
      const params = { method: 'connect', code: 'DEVICE_AUTH_SIGNATURE_INVALID', message: refusal.message };
      return { verdict: pause, problem: describeProblem('rpc.error', params, at) };
    }
    case 'scope-missing':
      return { verdict: pause, problem: describeProblem('auth.scope-missing', { missing: refusal.missing }, at) };
    case 'rate-limited': {
      const { retryAfterMs = RATE_LIMIT_MS } = refusal;
      return {
        verdict: after(retryAfterMs, false),
        problem: describeProblem('auth.rate-limited', { retryAfterMs }, at),
      };
    }
    case 'protocol-mismatch': {
      const { ours, theirs } = refusal;
      return { verdict: pause, problem: describeProblem('protocol.mismatch', { ours, theirs }, at) };
    }
    case 'starting': {
      const params = { url: address, reason: refusal.message };
      return {
        verdict: after(refusal.retryAfterMs ?? STARTING_MS, true),
        problem: describeProblem('connection.refused', params, at),
      };
    }
    case 'rejected': {
      const params = { method: refusal.method ?? 'connect', code: refusal.code, message: refusal.message };
      const verdict = refusal.retryAfterMs === undefined ? pause : after(refusal.retryAfterMs, false);
      return { verdict, problem: describeProblem('rpc.error', params, at) };
    }
    case 'invalid-frame': {
      const params = { url: address, reason: `what answers is not a gateway we understand: ${refusal.detail}` };
      return { verdict: retry, problem: describeProblem('connection.refused', params, at) };
    }
    case 'other-dialect': {
      const params = { url: address, reason: `it speaks another dialect (${refusal.speaks})` };
      return { verdict: retryNow, problem: describeProblem('connection.refused', params, at) };
    }
    default:
      return refusal satisfies never;
  }
}

function judgeUpgrade(
  status: number | undefined,
  failure: SocketFailure,
  { address, tokenSource, hasSecret = true, at }: CloseContext,
): ConnectionFailure {
  const params = { url: address, reason: failure.message };
  if (status === 401 || status === 403) {
    const message = `HTTP ${String(status)}`;
    if (!hasSecret) {
      const detail = `${address} answers ${message} before anything is sent. A user name and password, or a token, go into "headers" of the options or settings, for example Authorization.`;
      return { verdict: pause, problem: describeProblem('auth.token-missing', { detail }, at) };
    }
    const source = `${tokenSource} for ${address}`;
    return { verdict: pause, problem: describeProblem('auth.token-mismatch', { source, message }, at) };
  }
  const refused = describeProblem('connection.refused', params, at);
  if (failure.answer !== undefined && status !== 429 && status !== 503) {
    const facts = { url: address, answer: failure.answer };
    return { verdict: retry, problem: describeProblem('gateway.not-a-gateway', facts, at) };
  }
  if (status === 429) return { verdict: after(RATE_LIMIT_MS, false), problem: refused };
  return { verdict: status === 503 ? after(STARTING_MS, true) : retry, problem: refused };
}

/** Another program may take the place of the untrusted one without a message to us. */
function judgeUntrustedPeer({ problem }: SocketFailure, refused: Problem): ConnectionFailure {
  const isForeign = problem?.code === 'auth.untrusted-peer';
  return { verdict: isForeign ? pauseForApproval : retry, problem: problem ?? refused };
}

/** Codes of the system that say that the machine cannot be reached at all. */
const networkCodes: ReadonlySet<string> = new Set([
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENETDOWN',
  'ETIMEDOUT',
  'EADDRNOTAVAIL',
]);

/** Returns whose outage a failure to connect shows; `undefined`: it shows none. */
function outageOf({ kind, code }: SocketFailure): 'gateway' | 'name' | 'network' | undefined {
  if (kind === 'unresolved') return 'name';
  if (code !== undefined && networkCodes.has(code)) return 'network';
  return code === 'ECONNREFUSED' ? 'gateway' : undefined;
}

function judgeFailure(failure: SocketFailure, context: CloseContext): ConnectionFailure {
  const { address, at } = context;
  const outage = outageOf(failure);
  const facts = { url: address, reason: failure.message, ...(outage === undefined ? {} : { outage }) };
  const refused = describeProblem('connection.refused', facts, at);
  switch (failure.kind) {
    case 'refused':
    case 'unresolved':
    case 'other':
      return { verdict: retry, problem: refused };
    case 'tls':
      return {
        // A renewed certificate, or the gateway in the place of another program, comes without a message to us.
        verdict: failure.pinnedBy === undefined ? pause : pauseForApproval,
        problem: describeProblem(
          'tls.untrusted',
          {
            detail: `${address}: ${failure.message}.`,
            ...(failure.pinnedBy === undefined ? {} : { certificateFile: failure.pinnedBy }),
          },
          at,
        ),
      };
    case 'not-websocket':
      return judgeUpgrade(failure.status, failure, context);
    case 'untrusted-peer':
      return judgeUntrustedPeer(failure, refused);
    case 'too-large':
      return {
        verdict: retry,
        problem: describeProblem('connection.lost', { code: 1009, reason: failure.message }, at),
      };
    default:
      return failure.kind satisfies never;
  }
}

/**
 * WebSocket close codes (RFC 6455, section 7.4, and the IANA registry) -> what to do. Every code has its row;
 * those that say nothing about the future are retried with backoff.
 */
export function judgeCloseCode(code: number): Verdict {
  switch (code) {
    case 1010: // the server lacks an extension that we need
    case 1015: // TLS failed
      return pause;
    case 1013: // try again later: OpenClaw while it starts
      return after(STARTING_MS, true);
    case 1008: // policy: without a reason we know, the handshake's own answer would have told
    case 1000: // done: the peer ended what we still wanted
    case 1001: // going away
    case 1002: // a frame was broken on its way; where the version is meant, the reason says so
    case 1003: // it takes no such frame
    case 1004: // reserved
    case 1005: // no code was sent
    case 1006: // no closing frame came
    case 1007: // it could not read our text
    case 1009: // a message was too large, theirs or ours
    case 1011: // it failed inside
    case 1012: // service restart; whether it comes back is in the notice before
    case 1014: // bad gateway
      return retry;
    case 4001: // unauthenticated, as graphql-ws, discord and others use them
    case 4401:
    case 4003:
    case 4403:
      return pause;
    case 4008: // rate limited
    case 4029:
    case 4429:
      return after(OVERLOADED_MS, false);
    default: // 1016-2999 unassigned, 3000-3999 of libraries, 4000-4999 of applications
      return retry;
  }
}

function lostProblem(close: CloseInfo, context: CloseContext): Problem {
  return describeProblem('connection.lost', { code: close.code, reason: close.reason }, context.at);
}

/** Returns the verdict and the problem for the end of a socket, before or after it was ready. */
export function judgeClose(
  close: CloseInfo,
  notice: ShutdownNotice | undefined,
  context: CloseContext,
): ConnectionFailure {
  if (close.failure !== undefined) return judgeFailure(close.failure, context);
  const refusal = readCloseRefusal(close);
  if (refusal !== undefined) return judgeRefusal(refusal, context);
  const problem = lostProblem(close, context);
  // 1012 follows a stop as well as a restart; only the notice before tells which.
  if (notice?.restartExpectedMs !== undefined) return { verdict: after(notice.restartExpectedMs, true), problem };
  return { verdict: judgeCloseCode(close.code), problem };
}
