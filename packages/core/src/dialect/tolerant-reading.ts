import { isObject, parseJson, RpcErrorCode } from '@deskclaw/protocol';
import type { Codec } from './dialect.ts';
import { FOREIGN_ID, type Incoming, type PeerError } from './incoming.ts';
import { jsonRpcCodec, readSpecialNotification } from './jsonrpc-codec.ts';

type Frame = Readonly<Record<string, unknown>>;

/** An id of ours that the peer sent back as text. */
const decimalId = /^[1-9]\d{0,15}$/;
const integerCode = /^-?\d{1,15}$/;

function ownId(id: unknown): number {
  if (typeof id === 'number') return id;
  return typeof id === 'string' && decimalId.test(id) ? Number(id) : FOREIGN_ID;
}

function isRequestId(value: unknown): value is string | number {
  return typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value));
}

function readCode(code: unknown): number | string {
  if (typeof code === 'number' && Number.isFinite(code)) return code;
  if (typeof code !== 'string' || code === '') return RpcErrorCode.ServerError;
  return integerCode.test(code) ? Number(code) : code;
}

function firstText(...values: readonly unknown[]): string | undefined {
  return values.find((value): value is string => typeof value === 'string' && value !== '');
}

/** Reads an error in whatever form the peer gives it: its words are kept, and a code only where it names one. */
function readError(error: unknown): PeerError {
  if (!isObject(error)) {
    const message = typeof error === 'string' && error !== '' ? error : JSON.stringify(error);
    return { code: RpcErrorCode.ServerError, message };
  }
  const { code, message, data } = error;
  const words = firstText(message, data, error['error'], error['reason'], error['description'], error['name']);
  const hasMessage = typeof message === 'string';
  // Without a message, whatever else the error has is all there is to know.
  const rest = hasMessage || data !== undefined ? data : Object.keys(error).length > 1 ? error : undefined;
  return {
    code: readCode(code),
    message: words ?? 'no message was given',
    ...(rest === undefined ? {} : { data: rest }),
  };
}

export type ReplyOutcome =
  | { readonly kind: 'result'; readonly value: unknown }
  | { readonly kind: 'failure'; readonly error: PeerError };

/**
 * Returns what a frame says as a reply; `undefined` where it is none. Servers send both members with one of them null, leave
 * out `jsonrpc`, or leave out a result that is undefined.
 */
export function readReplyOutcome(frame: Frame): ReplyOutcome | undefined {
  const { error, result } = frame;
  const hasResult = Object.hasOwn(frame, 'result');
  if (error !== undefined && error !== null && !(error === false && hasResult)) {
    return { kind: 'failure', error: readError(error) };
  }
  if (hasResult) return { kind: 'result', value: result };
  const isBare = Object.keys(frame).every((key) => key === 'id' || key === 'jsonrpc' || key === 'error');
  return isBare ? { kind: 'result', value: null } : undefined;
}

function readReply(frame: Frame): Incoming {
  const id = ownId(frame['id']);
  const outcome = id === FOREIGN_ID ? undefined : readReplyOutcome(frame);
  if (outcome === undefined) return { kind: 'unhandled', frame };
  return outcome.kind === 'result'
    ? { kind: 'result', id, value: outcome.value, frame }
    : { kind: 'failure', id, error: outcome.error, frame };
}

/** An id of null marks a notification in version 1.0, and is what some write for no id in 2.0: neither awaits an answer. */
function readCall(frame: Frame, method: string): Incoming {
  const { id, params } = frame;
  const isVersion2 = frame['jsonrpc'] === '2.0';
  if (id !== undefined && id !== null) {
    return isRequestId(id) ? { kind: 'request', id, method, params } : { kind: 'invalid', frame, answer: undefined };
  }
  if (!isVersion2) return { kind: 'unhandled', frame };
  return readSpecialNotification(method, params) ?? { kind: 'notification', method, params, seq: undefined };
}

function readMessage(frame: unknown): Incoming {
  if (!isObject(frame)) return { kind: 'unhandled', frame };
  const { method } = frame;
  const isReply = Object.hasOwn(frame, 'result') || Object.hasOwn(frame, 'error');
  return typeof method === 'string' && !isReply ? readCall(frame, method) : readReply(frame);
}

/**
 * JSON-RPC as other people's servers speak it. Written as the specification says; read as far as the meaning is plain, with
 * the peer's own words. Only a request with an id is ever answered: a peer that misreads us would misread the answer too.
 */
export const tolerantJsonRpcCodec: Codec = {
  ...jsonRpcCodec,
  read: (text, parse = parseJson) => {
    const frame = parse(text);
    if (frame === undefined) return { kind: 'invalid', frame: text, answer: undefined };
    if (!Array.isArray(frame)) return readMessage(frame);
    return frame.length === 0 ? { kind: 'unhandled', frame } : { kind: 'batch', items: frame.map(readMessage) };
  },
};
