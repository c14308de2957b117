import { isObject } from '@deskclaw/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accountOf, type ChannelView } from '../../src/channels/channel-view.ts';
import { needsProbe, readChannelList, readChannelsStatus } from '../../src/channels/read-channels.ts';
import { recorded, type Version } from './recorded.ts';

function read(version: Version, ...keys: readonly string[]): readonly ChannelView[] {
  const channels = readChannelsStatus(recorded(version, ...keys));
  if (channels === undefined) throw new Error('no channels');
  return channels;
}

function named(channels: readonly ChannelView[], id: string): ChannelView {
  const found = channels.find((channel) => channel.id === id);
  if (found === undefined) throw new Error(`no ${id}`);
  return found;
}

describe('what real gateways said of a Telegram bot', () => {
  it.each<[Version, string, ChannelView['status'], string | undefined]>([
    // Reported as running only: the probe is the first to show that the service cannot be reached.
    ['2026.2.3-1', 'first', 'connecting', undefined],
    ['2026.2.3-1', 'settled', 'connecting', undefined],
    ['2026.2.3-1', 'probed', 'error', 'fetch failed'],
    ['2026.5.28', 'first', 'connecting', undefined],
    ['2026.5.28', 'settled', 'connected', undefined],
    ['2026.5.28', 'probed', 'connected', undefined],
    ['2026.5.28', 'stopped', 'disconnected', undefined],
    // "started: true" was the answer just before.
    ['2026.5.28', 'restarted', 'connecting', undefined],
    ['2026.5.28', 'settledAgain', 'connected', undefined],
    ['2026.5.28', 'loggedOut', 'disconnected', 'logged out'],
    ['2026.9.6', 'first', 'connecting', undefined],
    ['2026.9.6', 'settled', 'connected', undefined],
    ['2026.9.6', 'probed', 'connected', undefined],
    ['2026.9.6', 'stopped', 'disconnected', undefined],
    ['2026.9.6', 'restarted', 'connecting', undefined],
    ['2026.9.6', 'settledAgain', 'connected', undefined],
    ['2026.9.6', 'loggedOut', 'disconnected', 'logged out'],
  ])('%s, %s: %s', (version, time, status, error) => {
    const telegram = named(read(version, 'status', time), 'telegram');
    expect(telegram).toMatchObject({ name: 'Telegram', kind: 'Telegram Bot', status, defaultAccount: 'default' });
    expect(telegram.error).toBe(error);
    expect(telegram.accounts.map(({ id }) => id)).toEqual(['default']);
  });

  it('only OpenClaw 2026.2 needs a probe to know whether a channel is connected', () => {
    expect(needsProbe(read('2026.2.3-1', 'status', 'settled'))).toBe(true);
    expect(needsProbe(read('2026.2.3-1', 'status', 'probed'))).toBe(false);
    expect(needsProbe(read('2026.5.28', 'status', 'first'))).toBe(false);
    expect(needsProbe(read('2026.9.6', 'status', 'first'))).toBe(false);
  });

  it('the issues of a channel are read with it', () => {
    const { issues } = named(read('2026.9.6', 'status', 'stopped'), 'telegram');
    expect(issues).toEqual([
      {
        message: 'Channel is enabled and configured, but its runtime is not running.',
        fix: 'restart the channel or gateway',
      },
    ]);
  });
});

describe('what real gateways said of WhatsApp, to which nobody is logged in', () => {
  it.each(['first', 'probed', 'loggedOut'])(
    'WhatsApp of OpenClaw 2026.9.6 without a login is disconnected (recording: %s)',
    (time) => {
      const whatsapp = named(read('2026.9.6', 'status', time), 'whatsapp');
      expect(whatsapp).toMatchObject({ name: 'WhatsApp', kind: 'WhatsApp Web', status: 'disconnected', linked: false });
    },
  );
});

describe('what their health told', () => {
  it.each<[Version, string, ChannelView['status']]>([
    ['2026.5.28', 'atHello', 'connecting'],
    ['2026.5.28', 'last', 'disconnected'],
    ['2026.9.6', 'atHello', 'connecting'],
    ['2026.9.6', 'last', 'disconnected'],
  ])('%s, %s: %s', (version, time, status) => {
    expect(named(read(version, 'health', time), 'telegram').status).toBe(status);
  });

  it('health of the oldest OpenClaw marks the account as unreported', () => {
    expect(named(read('2026.2.3-1', 'health', 'atHello'), 'telegram').accounts).toMatchObject([{ unreported: true }]);
  });
});

function status(account: object, channels: object = { c: {} }): ChannelView {
  const read = readChannelsStatus({ channels, channelAccounts: { c: [account] } });
  return named(read ?? [], 'c');
}

describe('an account', () => {
  it.each<[string, object, ChannelView['status']]>([
    ['switched off', { enabled: false, running: true, connected: true }, 'disconnected'],
    ['not set up', { configured: false, lastError: 'no token' }, 'disconnected'],
    ['not logged in', { configured: true, linked: false, running: true }, 'disconnected'],
    ['connected', { running: true, connected: true }, 'connected'],
    [
      'connected by its own word, and a dead line by the gateway’s',
      { running: true, connected: true, healthState: 'stale-socket' },
      'error',
    ],
    [
      'connected, in a state of which we know nothing',
      { running: true, connected: true, healthState: 'cosy' },
      'connected',
    ],
    ['trying', { running: true, connected: false, lastError: 'ETIMEDOUT' }, 'connecting'],
    ['of which only its probe tells', { running: true, probe: { ok: true } }, 'connected'],
    ['blocked', { running: false, lifecycle: 'blocked' }, 'error'],
    ['to be started again', { running: false, restartPending: true, lastError: 'crashed' }, 'connecting'],
    ['coming up', { running: false, lifecycle: 'starting' }, 'connecting'],
    ['ended by an error', { running: false, lastError: '401: Unauthorized' }, 'error'],
    ['stopped', { running: false, lastError: null }, 'disconnected'],
  ])('the status of an account that is %s', (_, account, expected) => {
    expect(status(account).status).toBe(expected);
  });

  it('an account keeps its name, and its error while it is not connected', () => {
    expect(
      status({ accountId: 'work', name: 'Work', running: true, connected: false, lastError: 'x' }).accounts,
    ).toEqual([{ id: 'work', name: 'Work', status: 'connecting', error: 'x' }]);
    expect(status({ running: true, connected: true, lastError: 'old' }).accounts[0]).not.toHaveProperty('error');
  });
});

describe('several accounts', () => {
  const connected = { accountId: 'a', running: true, connected: true };
  const trying = { accountId: 'b', running: true, connected: false };
  const off = { accountId: 'c', enabled: false };
  const of = (...accounts: readonly object[]) =>
    named(
      readChannelsStatus({
        channels: { c: {} },
        channelAccounts: { c: accounts },
        channelDefaultAccountId: { c: 'b' },
      }) ?? [],
      'c',
    );

  it('a channel is connected when all its enabled accounts are', () => {
    expect(of(connected, trying).status).toBe('connecting');
    expect(of(connected, off).status).toBe('connected');
    expect(of(off).status).toBe('disconnected');
  });

  it('accountOf finds an account by name, and the default one without a name', () => {
    expect(accountOf(of(connected, trying), 'a')?.status).toBe('connected');
    expect(accountOf(of(connected, trying), undefined)?.status).toBe('connecting');
    expect(accountOf(of(connected, trying), 'nope')).toBeUndefined();
    expect(accountOf(of(connected), undefined)?.status).toBe('connected');
  });
});

describe('a list of channels', () => {
  it('a list of channels is read with every field', () => {
    const channel = { id: 'device', name: 'Linked device', kind: 'link', status: 'connecting', linked: false };
    expect(readChannelList({ channels: [channel] })).toEqual([{ ...channel, accounts: [], issues: [] }]);
  });

  it('a list of channels leaves out entries that are no channel', () => {
    const channels = [
      null,
      {},
      { id: 'a', status: 'great' },
      { id: '', status: 'error' },
      { id: 'b', status: 'error' },
    ];
    expect(readChannelList({ channels }).map(({ id, name }) => [id, name])).toEqual([['b', 'b']]);
  });
});

describe('anything at all', () => {
  const anything = fc.anything({ withNullPrototype: true });

  it('any JSON value is read without an error and yields known statuses only', () => {
    fc.assert(
      fc.property(
        fc.record({
          channels: fc.dictionary(fc.string(), anything),
          channelAccounts: fc.oneof(
            anything,
            fc.dictionary(
              fc.string(),
              fc.array(
                fc.oneof(
                  anything,
                  fc.record({ running: anything, connected: anything, probe: anything, lastError: anything }),
                ),
              ),
            ),
          ),
          channelOrder: anything,
          statusIssues: anything,
        }),
        (answer) => {
          for (const channel of readChannelsStatus(answer) ?? []) {
            expect(['connected', 'connecting', 'disconnected', 'error']).toContain(channel.status);
          }
        },
      ),
    );
    fc.assert(
      fc.property(anything, (answer) => {
        expect(Array.isArray(readChannelList(answer))).toBe(true);
        const status = readChannelsStatus(answer);
        expect(status === undefined || isObject(answer)).toBe(true);
      }),
    );
  });

  it.each(['__proto__', 'constructor', 'toString'])('a channel with the name %s is read like any other', (id) => {
    const channels: unknown = JSON.parse(`{"channels": {"${id}": {"running": true, "connected": true}}}`);
    expect(readChannelsStatus(channels)).toMatchObject([{ id, name: id, status: 'connected' }]);
  });
});
