import type { ChannelStatusEvent } from '@deskclaw/protocol';
import { describe, expect, it } from 'vitest';
import { noKnownChannels, reduceChannels } from '../../src/channels/channel-changes.ts';
import { recorded } from './recorded.ts';

/** Returns the events that the reducer emits for each of these notifications. */
function reported(
  ...notifications: readonly (readonly [string, unknown])[]
): readonly (readonly ChannelStatusEvent[])[] {
  let known = noKnownChannels;
  return notifications.map(([method, params]) => {
    const fold = reduceChannels(known, method, params);
    known = fold.known;
    return fold.events;
  });
}

function health(channels: object): readonly [string, unknown] {
  return ['health', { channels }];
}

describe('a JSON-RPC gateway', () => {
  it('each channel change of a JSON-RPC gateway is passed on', () => {
    const change = { channelId: 'device', status: 'error', error: 'cut' };
    expect(reported(['channel.status_changed', change])).toEqual([[change]]);
  });

  it.each(['great', 'Connected', 'qr', ''])(
    'a status in a word of the gateway, %j, is passed on as it is',
    (status) => {
      expect(reported(['channel.status_changed', { channelId: 'a', status }])).toEqual([[{ channelId: 'a', status }]]);
    },
  );

  it.each([null, {}, { channelId: 7, status: 'error' }, { channelId: 'a', status: 1 }, { channelId: 'a' }])(
    'a JSON-RPC notification with %j reports no channel',
    (params) => {
      expect(reported(['channel.status_changed', params])).toEqual([[]]);
    },
  );
});

describe('OpenClaw', () => {
  const up = { t: { accounts: { default: { enabled: true, running: true, connected: true } } } };
  const down = {
    t: { accounts: { default: { enabled: true, running: true, connected: false, lastError: 'ETIMEDOUT' } } },
  };

  it('channels in the health of OpenClaw are passed on once when they change', () => {
    expect(reported(health(up), health(up), health(down), health(down), health(up))).toEqual([
      [{ channelId: 't', status: 'connected' }],
      [],
      [{ channelId: 't', status: 'connecting', error: 'ETIMEDOUT' }],
      [],
      [{ channelId: 't', status: 'connected' }],
    ]);
  });

  it('a channel that OpenClaw no longer lists is reported once as disconnected', () => {
    expect(reported(health(up), health({}), health({}), health(up))).toEqual([
      [{ channelId: 't', status: 'connected' }],
      [{ channelId: 't', status: 'disconnected' }],
      [],
      [{ channelId: 't', status: 'connected' }],
    ]);
  });

  it.each([null, 7, {}, { channels: [] }])('OpenClaw health %j reports no channel', (params) => {
    expect(reported(health(up), ['health', params], health(up)).slice(1)).toEqual([[], []]);
  });

  it('recorded OpenClaw health reports a channel from its start to the end of its login', () => {
    for (const version of ['2026.5.28', '2026.9.6'] as const) {
      const [first, last] = reported(
        ['health', recorded(version, 'health', 'atHello')],
        ['health', recorded(version, 'health', 'last')],
      );
      expect(first).toContainEqual({ channelId: 'telegram', status: 'connecting' });
      expect(last).toContainEqual({ channelId: 'telegram', status: 'disconnected', error: 'logged out' });
    }
  });

  it('health of OpenClaw 2026.2 without channel states reports no change', () => {
    expect(reported(['health', recorded('2026.2.3-1', 'health', 'atHello')])).toEqual([[]]);
  });
});

it('notifications of other methods report no channel', () => {
  expect(reported(['chat', { channels: { t: {} } }], ['tick', {}])).toEqual([[], []]);
});
