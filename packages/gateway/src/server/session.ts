import type { Announcement, ShutdownReason } from '../announcement.ts';

/** One open socket, as a session sees it. */
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

/** What one dialect makes of one socket. */
export interface Session {
  receive(text: string): void;
  /** A frame of bytes; both dialects speak text only. */
  receiveBinary(): void;
  announce(announcement: Announcement): void;
  /** The close code and reason for a gateway that goes away. */
  shutdownNotice(reason: ShutdownReason): ShutdownNotice;
  closed(): void;
}
