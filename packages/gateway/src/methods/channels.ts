import { identifier } from '../params/fields.ts';
import { nothing, object } from '../params/guard.ts';
import type { ChannelsService } from '../services/channels.ts';
import { type Handlers, method } from './method.ts';

const channel = object({ channelId: identifier });

export function channelMethods(channels: ChannelsService): Handlers<'channels'> {
  return {
    'channels.list': method('channels.list', nothing, () => ({ channels: channels.list() })),
    'channels.get': method('channels.get', channel, ({ channelId }) => channels.get(channelId)),
    'channels.connect': method('channels.connect', channel, ({ channelId }) => channels.setOpen(channelId, true)),
    'channels.disconnect': method('channels.disconnect', channel, ({ channelId }) =>
      channels.setOpen(channelId, false),
    ),
    'channels.getQRCode': method('channels.getQRCode', channel, ({ channelId }) => channels.qrCode(channelId)),
  };
}
