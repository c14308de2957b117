import type { ChannelStatusEvent } from '@deskclaw/protocol';
import { afterEach, expect, it } from 'vitest';
import type { GatewayManager } from '../../src/manager/gateway-manager.ts';
import { gatewayCommand, manage, stopAll } from './builtin.ts';

afterEach(stopAll);

async function next(
  manager: GatewayManager,
  fits: (event: ChannelStatusEvent) => boolean,
): Promise<ChannelStatusEvent> {
  for await (const event of manager.events('channel:status')) if (fits(event)) return event;
  throw new Error('the events ended');
}

it.each([
  ['jsonrpc', 'channels.disconnect', { channelId: 'webchat' }],
  ['openclaw', 'channels.stop', { channel: 'webchat' }],
])('channel:status of a gateway that speaks %s comes by event, not by the answer', async (dialect, method, params) => {
  const manager = manage({ command: [...gatewayCommand(), '--dialect', dialect] });
  await manager.start();
  const reported = next(manager, ({ channelId, status }) => channelId === 'webchat' && status === 'disconnected');
  await manager.rpc<string>(method, params);
  expect(await reported).toEqual({ channelId: 'webchat', status: 'disconnected' });
});

it('an OpenClaw gateway’s channels are reported as soon as their state is known', async () => {
  const manager = manage({ command: [...gatewayCommand(), '--dialect', 'openclaw'] });
  const reported = next(manager, ({ channelId }) => channelId === 'webchat');
  await manager.start();
  await manager.rpc<string>('health');
  expect(await reported).toEqual({ channelId: 'webchat', status: 'connected' });
});
