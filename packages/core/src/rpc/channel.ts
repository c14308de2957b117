/** How a channel ended; the code is a WebSocket close code where the transport has them, else 1000 or 1006. */
export interface ChannelEnd {
  readonly code: number;
  readonly reason: string;
}

/** Text frames both ways, in order: a WebSocket, a Unix socket, a message port. One listener of each kind. */
export interface FrameChannel {
  send(text: string): void;
  onFrame(listener: (text: string) => void): void;
  /** Called once; at once if the channel has already ended. */
  onClose(listener: (end: ChannelEnd) => void): void;
  close(code?: number, reason?: string): void;
  /** Bytes accepted but not yet on their way. */
  readonly bufferedAmount: number;
}
