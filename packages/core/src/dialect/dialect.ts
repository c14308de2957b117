import type { DialectName, RpcErrorObject, RpcId } from '@deskclaw/protocol';
import type { Incoming } from './incoming.ts';
import type { DeviceProof } from './openclaw-signature.ts';
import type { ReadyCheck } from './ready-check.ts';
import type { Refusal } from './refusal.ts';
import type { Session } from './session.ts';

/** Writes and reads messages. Parameters are passed as JSON text, so that a request is encoded once however often it is sent. */
export interface Codec {
  request(id: number, method: string, params: string | undefined): string;
  notification(method: string, params: string | undefined): string;
  /** @throws TypeError or RangeError where `result` cannot be said in JSON. */
  success(id: RpcId, result: unknown): string;
  failure(id: RpcId, error: RpcErrorObject): string;
  /** Returns the message that cancels a request; `undefined` if the dialect has none. */
  cancel(id: number): string | undefined;
  /** Returns several messages as one frame; `undefined` if the dialect has no batches. */
  batch(messages: readonly string[]): string | undefined;
  /** Reads a frame. Never throws. */
  /** @param parse how JSON text is parsed; default `parseJson`. */
  read(text: string, parse?: (text: string) => unknown): Incoming;
}

export interface Dialect {
  readonly name: DialectName;
  readonly codec: Codec;
  /** The cheapest method whose answer proves that the peer routes requests, not only that its socket lives. */
  readonly probeMethod: string;
  createHandshake(input: HandshakeInput): Handshake;
  /** Returns the refusal that the code and reason of a close stand for, if they do. */
  readCloseRefusal(close: CloseReason): Refusal | undefined;
  /** Returns what the peer announces about its own end, if this event does. */
  readNotice(method: string, params: unknown): ShutdownNotice | undefined;
}

export interface CloseReason {
  readonly code: number;
  readonly reason: string;
}

/** Read again at every attempt. Never logged, never stored past the attempt. */
export interface Credentials {
  readonly token?: string;
  readonly password?: string;
}

export interface HandshakeInput {
  readonly credentials: Credentials;
  readonly client: ClientInfo;
  /** Scopes to ask for, where the dialect has scopes. Default: all that an operator needs. */
  readonly scopes?: readonly string[];
  /** The device to log in as, where the dialect has devices. Default: none, a local program with a secret. */
  readonly device?: DeviceProof;
  /** What proves readiness, where the dialect has no handshake of its own. Default `auto`. */
  readonly ready?: ReadyCheck;
}

export interface ClientInfo {
  readonly version: string;
  readonly platform: string;
}

/** The start of a session: receives frames and returns what to do. Knows no time and no socket. */
export interface Handshake {
  /** The socket has opened. */
  begin(): HandshakeStep;
  receive(text: string): HandshakeStep;
  /** The peer has sent nothing for as long as the last `wait` named. */
  silent(): HandshakeStep;
}

export type HandshakeStep =
  /**
   * More to come. `queue`: the frame was not part of the handshake and waits for the session. `silenceMs`: call `silent` if
   * nothing arrives for that time. `answerWithinMs`: new time limit for the answer, from now on.
   */
  | {
      readonly kind: 'wait' | 'queue';
      readonly send?: string;
      readonly silenceMs?: number;
      readonly answerWithinMs?: number;
    }
  /** The next step takes a moment; frames that come meanwhile are passed to `receive`. The promise never rejects. */
  | { readonly kind: 'async'; readonly step: Promise<HandshakeStep> }
  /**
   * `deviceToken`: what the peer gave this device for the next time. A secret, so no part of the session. `queues`: the frame
   * was not part of the handshake and waits for the session.
   */
  | { readonly kind: 'accepted'; readonly session: Session; readonly deviceToken?: string; readonly queues?: true }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** The announcement of a peer that it will shut down, and whether it will come back. */
export interface ShutdownNotice {
  readonly reason: string;
  /** When the peer will be back, ms from the notice; absent if it does not come back by itself. */
  readonly restartExpectedMs?: number;
}

/** More names than any gateway has; beyond it a caller invents names. */
const MAX_NAMES = 1_000;
const quoted = new Map<string, string>();

/** Returns the name as JSON text. Cached: quoting it for each request was 1 % of what a request costs. */
export function quoteName(name: string): string {
  const known = quoted.get(name);
  if (known !== undefined) return known;
  if (quoted.size >= MAX_NAMES) quoted.clear();
  const text = JSON.stringify(name);
  quoted.set(name, text);
  return text;
}
