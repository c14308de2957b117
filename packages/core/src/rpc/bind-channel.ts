import type { Problem } from '@deskclaw/protocol';
import type { Codec } from '../dialect/dialect.ts';
import type { ChannelCloseInfo, FrameChannel } from './channel.ts';
import type { RpcPeer } from './peer.ts';

/** Speaks over a channel that opens once and ends once: a control socket, a message port. */
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
