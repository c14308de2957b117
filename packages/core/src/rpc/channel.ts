import type { Problem } from '@deskclaw/protocol';
import type { Codec } from '../dialect/dialect.ts';
import type { RpcPeer } from './peer.ts';

/** How a channel ended. `code` is a WebSocket close code; 1006 where the other side gave no reason. */
export interface ChannelCloseInfo {
  readonly code: number;
  readonly reason: string;
}

/** Text frames both ways, in order: a WebSocket, a Unix socket, a message port. One listener of each kind. */
export interface FrameChannel {
  send(text: string): void;
  onFrame(listener: (text: string) => void): void;
  /** Called once; at once if the channel has already ended. */
  onClose(listener: (end: ChannelCloseInfo) => void): void;
  close(code?: number, reason?: string): void;
  /** Bytes accepted but not yet on their way. */
  readonly bufferedAmount: number;
  /** Largest frame in bytes that the transport carries. Absent: no limit of its own. */
  readonly maxPayload?: number;
  /** Calls back where the other side sends nothing more but still reads. Absent where a transport has no such state. */
  onReadEnd?(listener: () => void): void;
}

/** Attaches the peer to a channel that opens once and ends once: a control socket, a message port. */
export function bindChannel(
  peer: RpcPeer,
  channel: FrameChannel,
  codec: Codec,
  describeEnd: (end: ChannelCloseInfo) => Problem,
): void {
  const { maxPayload } = channel;
  peer.attach(channel, codec, maxPayload === undefined ? {} : { maxPayload });
  channel.onFrame((text) => peer.receive(text));
  channel.onClose((end) => peer.close(describeEnd(end)));
}
