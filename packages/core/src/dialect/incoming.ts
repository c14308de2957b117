import { isOpenClawEvent, type OpenClawEvent, type RpcErrorObject, type RpcId } from '@deskclaw/protocol';

/** An error as the peer sent it: JSON-RPC codes are integers, OpenClaw's are strings. */
export interface PeerError {
  readonly code: number | string;
  readonly message: string;
  readonly data?: unknown;
}

/** The id of a reply that can be to no request of ours: another type, or not the way we write ids. */
export const FOREIGN_ID = -1;

/** A frame of the peer in terms common to all dialects. `id` in replies is the number we gave to `Codec.request`. */
export type Incoming =
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown; readonly frame?: unknown }
  /** `frame`: given where a reply to no request of ours may mean something to a listener. */
  | { readonly kind: 'failure'; readonly id: number; readonly error: PeerError; readonly frame?: unknown }
  /** The first of two answers: the request was accepted, and the final answer follows under the same id. */
  | {
      readonly kind: 'accepted';
      readonly id: number;
      readonly value: unknown;
      /** The request was accepted before, so the final answer goes to the connection that sent it first. */
      readonly isDuplicate: boolean;
      /** How to find out the result in that case. */
      readonly followUp?: FollowUp;
    }
  | { readonly kind: 'progress'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'request'; readonly id: RpcId; readonly method: string; readonly params: unknown }
  | { readonly kind: 'cancel'; readonly id: RpcId }
  | {
      readonly kind: 'notification';
      readonly method: string;
      readonly params: unknown;
      /** Sequence number of the event on this connection, if the peer counts them. */
      readonly seq: number | undefined;
    }
  | { readonly kind: 'batch'; readonly items: readonly Incoming[] }
  /** A frame that the dialect does not allow. `answer`: the error reply that its specification requires. */
  | { readonly kind: 'invalid'; readonly frame: unknown; readonly answer: InvalidAnswer | undefined }
  /** A broken reply that still names one of our requests. */
  | { readonly kind: 'malformed-reply'; readonly id: number; readonly frame: unknown }
  /** Well-formed, and of no meaning to us. */
  | { readonly kind: 'unhandled'; readonly frame: unknown };

/** Another request, whose answer says how an accepted request ended. */
export interface FollowUp {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** How long the peer waits for the end before it answers "not yet", ms. */
  readonly waitsMs: number;
  /** `undefined`: not yet. */
  read(answer: unknown): FollowUpResult | undefined;
}

export type FollowUpResult =
  | { readonly kind: 'result'; readonly value: unknown }
  | { readonly kind: 'failure'; readonly error: PeerError };

export interface InvalidAnswer {
  readonly id: RpcId;
  readonly error: RpcErrorObject;
}

/** The first frame of an OpenClaw gateway, by which it is known. */
export function isChallenge(frame: unknown): frame is OpenClawEvent {
  return isOpenClawEvent(frame) && frame.event === 'connect.challenge';
}
