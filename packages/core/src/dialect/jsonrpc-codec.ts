import {
  createFailure,
  createSuccess,
  isObject,
  isRpcErrorObject,
  parseJson,
  RpcErrorCode,
  type RpcErrorObject,
  type RpcId,
} from '@deskclaw/protocol';
import type { Codec } from './dialect.ts';
import { quoteName } from './dialect.ts';
import { FOREIGN_ID, type Incoming } from './incoming.ts';

/** Words of the Language Server Protocol, whose `$/` names a peer may ignore. The token of a progress is the request's id. */
const CANCEL_METHOD = '$/cancelRequest';
const PROGRESS_METHOD = '$/progress';

/** A batch is answered in one frame, so its length bounds the memory of the answer. */
const MAX_BATCH = 1_000;

const parseError: RpcErrorObject = { code: RpcErrorCode.ParseError, message: 'Parse error' };
const invalidRequest: RpcErrorObject = { code: RpcErrorCode.InvalidRequest, message: 'Invalid Request' };

function isId(value: unknown): value is RpcId {
  return typeof value === 'string' || value === null || (typeof value === 'number' && Number.isFinite(value));
}

function invalid(frame: unknown, id: unknown, error: RpcErrorObject): Incoming {
  return { kind: 'invalid', frame, answer: { id: isId(id) ? id : null, error } };
}

function ownId(id: unknown): number {
  return typeof id === 'number' ? id : FOREIGN_ID;
}

function readReply(frame: Readonly<Record<string, unknown>>): Incoming {
  const { id, result, error } = frame;
  // JSON has no undefined: a member that is undefined is not there.
  if (error === undefined && result !== undefined && isId(id)) return { kind: 'result', id: ownId(id), value: result };
  if (result === undefined && isRpcErrorObject(error) && isId(id)) {
    // An id of null means that the peer could not read one of our messages; it does not say which.
    return id === null ? { kind: 'unhandled', frame } : { kind: 'failure', id: ownId(id), error };
  }
  if (result === undefined && error === undefined) return invalid(frame, id, invalidRequest);
  // Answering a broken answer could go on for ever between two peers that misread each other.
  return { kind: 'malformed-reply', id: ownId(id), frame };
}

function readCall(frame: Readonly<Record<string, unknown>>): Incoming {
  const { id, method, params } = frame;
  if (typeof method !== 'string' || (params !== undefined && (typeof params !== 'object' || params === null))) {
    return invalid(frame, id, invalidRequest);
  }
  if (id !== undefined) {
    return isId(id) ? { kind: 'request', id, method, params } : invalid(frame, id, invalidRequest);
  }
  return readSpecialNotification(method, params) ?? { kind: 'notification', method, params, seq: undefined };
}

/** Reads the notifications that are about a request: progress, and that it is cancelled. */
export function readSpecialNotification(method: string, params: unknown): Incoming | undefined {
  if (method === PROGRESS_METHOD && isObject(params) && typeof params['token'] === 'number') {
    return { kind: 'progress', id: params['token'], value: params['value'] };
  }
  if (method === CANCEL_METHOD && isObject(params) && isId(params['id'])) return { kind: 'cancel', id: params['id'] };
  return undefined;
}

function readMessage(frame: unknown): Incoming {
  if (!isObject(frame)) return invalid(frame, null, invalidRequest);
  if (frame['jsonrpc'] !== '2.0') {
    return 'result' in frame || 'error' in frame
      ? { kind: 'malformed-reply', id: ownId(frame['id']), frame }
      : invalid(frame, frame['id'], invalidRequest);
  }
  return frame['method'] === undefined ? readReply(frame) : readCall(frame);
}

function readBatch(frames: readonly unknown[]): Incoming {
  if (frames.length === 0) return invalid(frames, null, invalidRequest);
  if (frames.length > MAX_BATCH) {
    const message = `A batch may hold ${String(MAX_BATCH)} messages`;
    return invalid(undefined, null, { code: RpcErrorCode.InvalidRequest, message });
  }
  return { kind: 'batch', items: frames.map(readMessage) };
}

function member(params: string | undefined): string {
  return params === undefined ? '}' : `,"params":${params}}`;
}

/** JSON-RPC 2.0 to the letter (https://www.jsonrpc.org/specification), requests in both directions: for our own control API. */
export const jsonRpcCodec: Codec = {
  request: (id, method, params) => `{"jsonrpc":"2.0","id":${String(id)},"method":${quoteName(method)}${member(params)}`,
  notification: (method, params) => `{"jsonrpc":"2.0","method":${quoteName(method)}${member(params)}`,
  success: (id, result) => JSON.stringify(createSuccess(id, result)),
  failure: (id, error) => JSON.stringify(createFailure(id, error)),
  cancel: (id) => jsonRpcCodec.notification(CANCEL_METHOD, `{"id":${String(id)}}`),
  batch: (messages) => `[${messages.join(',')}]`,
  read: (text, parse = parseJson) => {
    const frame = parse(text);
    if (frame === undefined) return { kind: 'invalid', frame: text, answer: { id: null, error: parseError } };
    return Array.isArray(frame) ? readBatch(frame) : readMessage(frame);
  },
};
