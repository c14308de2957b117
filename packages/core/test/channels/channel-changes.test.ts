import type { ChannelStatusEvent } from '@deskclaw/protocol';
import { describe, expect, it } from 'vitest';
import { noKnownChannels, reduceChannels } from '../../src/channels/channel-changes.ts';
import { recorded } from './recorded.ts';

/** What is told of these notifications, one after the other. */
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
  it('tells of each change, and it is passed on', () => {
    const change = { channelId: 'device', status: 'error', error: 'cut' };
    expect(reported(['channel.status_changed', change])).toEqual([[change]]);
  });

  it.each([null, {}, { channelId: 7, status: 'error' }, { channelId: 'a', status: 'great' }])(
    'that says %j says nothing',
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

  it('tells of all in its health: what is new is passed on, once', () => {
    expect(reported(health(up), health(up), health(down), health(down), health(up))).toEqual([
      [{ channelId: 't', status: 'connected' }],
      [],
      [{ channelId: 't', status: 'connecting', error: 'ETIMEDOUT' }],
      [],
      [{ channelId: 't', status: 'connected' }],
    ]);
  });

  it('no longer names a channel: it is not connected any more, and that is told once', () => {
    expect(reported(health(up), health({}), health({}), health(up))).toEqual([
      [{ channelId: 't', status: 'connected' }],
      [{ channelId: 't', status: 'disconnected' }],
      [],
      [{ channelId: 't', status: 'connected' }],
    ]);
  });

  it.each([null, 7, {}, { channels: [] }])('whose health is %j tells nothing', (params) => {
    expect(reported(health(up), ['health', params], health(up)).slice(1)).toEqual([[], []]);
  });

  it('as recorded: from its first word to the end of the login', () => {
    for (const version of ['2026.5.28', '2026.9.6'] as const) {
      const [first, last] = reported(
        ['health', recorded(version, 'health', 'atHello')],
        ['health', recorded(version, 'health', 'last')],
      );
      expect(first).toContainEqual({ channelId: 'telegram', status: 'connecting' });
      expect(last).toContainEqual({ channelId: 'telegram', status: 'disconnected', error: 'logged out' });
    }
  });

  it('of 2026.2 does not say how channels run: nothing is made up', () => {
    expect(reported(['health', recorded('2026.2.3-1', 'health', 'atHello')])).toEqual([[]]);
  });
});

it('anything else is no news of channels', () => {
  expect(reported(['chat', { channels: { t: {} } }], ['tick', {}])).toEqual([[], []]);
});
