import {
  isObject,
  isOpenClawError,
  isOpenClawEvent,
  isOpenClawRequest,
  type OpenClawError,
  parseJson,
} from '@deskclaw/protocol';
import type { Codec } from './dialect.ts';
import { quoteName } from './dialect.ts';
import { FOREIGN_ID, type FollowUp, type FollowUpResult, type Incoming, type PeerError } from './incoming.ts';

const WAITS_MS = 20_000;

function readRunResult(answer: unknown): FollowUpResult | undefined {
  if (!isObject(answer)) return undefined;
  const { status, error } = answer;
  if (status === 'ok') return { kind: 'result', value: answer };
  if (status !== 'error') return undefined;
  // The same error as `agent` sends.
  const message = typeof error === 'string' ? error : 'the run failed';
  return { kind: 'failure', error: { code: 'UNAVAILABLE', message } };
}

/**
 * How a run that this answer names is waited for. Asking `agent` again would do as well, but for 2026.2, which forgets the key of
 * a run after five minutes and would begin another.
 */
export function awaitRunResult(accepted: unknown): FollowUp | undefined {
  const runId = isObject(accepted) ? accepted['runId'] : undefined;
  if (typeof runId !== 'string' || runId === '') return undefined;
  return { method: 'agent.wait', params: { runId, timeoutMs: WAITS_MS }, waitsMs: WAITS_MS, read: readRunResult };
}

/** Our ids are written as decimal text; any other text belongs to no request of ours. */
function ownId(id: unknown): number {
  if (typeof id !== 'string') return FOREIGN_ID;
  const number = Number(id);
  return Number.isSafeInteger(number) && String(number) === id ? number : FOREIGN_ID;
}

function toPeerError(error: OpenClawError): PeerError {
  const { code, message, details, retryable, retryAfterMs } = error;
  if (retryable === undefined && retryAfterMs === undefined) {
    return details === undefined ? { code, message } : { code, message, data: details };
  }
  const hints = {
    ...(retryable === undefined ? {} : { retryable }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
  return { code, message, data: isObject(details) ? { ...details, ...hints } : { details, ...hints } };
}

function readReply(frame: Readonly<Record<string, unknown>>): Incoming {
  const id = ownId(frame['id']);
  const payload = frame['payload'];
  if (frame['ok'] === true) {
    const status = isObject(payload) ? payload['status'] : undefined;
    if (status !== 'accepted' && status !== 'in_flight') return { kind: 'result', id, value: payload };
    const followUp = awaitRunResult(payload);
    const isAgain = status === 'in_flight';
    return {
      kind: 'accepted',
      id,
      value: payload,
      isDuplicate: isAgain,
      ...(followUp === undefined ? {} : { followUp }),
    };
  }
  const error = frame['error'];
  if (frame['ok'] === false && isOpenClawError(error)) return { kind: 'failure', id, error: toPeerError(error) };
  return { kind: 'malformed-reply', id, frame };
}

function readFrame(frame: unknown): Incoming {
  if (!isObject(frame)) return { kind: 'invalid', frame, answer: undefined };
  switch (frame['type']) {
    case 'res':
      return readReply(frame);
    case 'event':
      return isOpenClawEvent(frame)
        ? { kind: 'notification', method: frame.event, params: frame.payload, seq: frame.seq }
        : { kind: 'invalid', frame, answer: undefined };
    case 'req':
      return isOpenClawRequest(frame)
        ? { kind: 'request', id: frame.id, method: frame.method, params: frame.params }
        : { kind: 'invalid', frame, answer: undefined };
    default:
      return { kind: 'unhandled', frame };
  }
}

function member(params: string | undefined): string {
  return params === undefined ? '}' : `,"params":${params}}`;
}

/** OpenClaw's frames, protocol 3 and 4. The gateway expects no answer to its own invalid frame, so none is sent. */
export const openClawCodec: Codec = {
  request: (id, method, params) => `{"type":"req","id":"${String(id)}","method":${quoteName(method)}${member(params)}`,
  notification: (method, params) =>
    `{"type":"event","event":${quoteName(method)}${params === undefined ? '}' : `,"payload":${params}}`}`,
  success: (id, payload) => JSON.stringify({ type: 'res', id: String(id), ok: true, payload }),
  failure: (id, { code, message, data }) =>
    JSON.stringify({ type: 'res', id: String(id), ok: false, error: { code: String(code), message, details: data } }),
  cancel: () => undefined,
  batch: () => undefined,
  read: (text, parse = parseJson) => readFrame(parse(text)),
};
