import type { ChannelStatusEvent } from '@deskclaw/protocol';
import type { RunEvent } from '../chat/run.ts';

export type ShutdownReason = 'stopping' | 'restarting';

/** An announcement to every connection, before a dialect encodes it. */
export type Announcement =
  | { readonly kind: 'shutdown'; readonly reason: ShutdownReason; readonly restartExpectedMs?: number }
  | { readonly kind: 'run'; readonly event: RunEvent }
  | { readonly kind: 'channel'; readonly event: ChannelStatusEvent };

/** An open socket as a session uses it. */
export interface FrameSocket {
  readonly id: string;
  /** An answer to a request. */
  reply(frame: object): void;
  /** Anything the peer did not ask for, already written as JSON text. */
  event(text: string): void;
  close(code: number, reason: string): void;
}

export interface ShutdownNotice {
  readonly code: number;
  readonly reason: string;
}

/** Handles one socket in one dialect. */
export interface Session {
  receive(text: string): void;
  /** A frame of bytes; both dialects speak text only. */
  receiveBinary(): void;
  announce(announcement: Announcement): void;
  /** The close code and reason for a gateway that goes away. */
  shutdownNotice(reason: ShutdownReason): ShutdownNotice;
  closed(): void;
}
