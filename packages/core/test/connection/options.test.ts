import { describe, expect, test } from 'vitest';
import { defaultHeartbeat, defaultReconnect } from '../../src/connection/config.ts';
import {
  displayAddress,
  type GatewayConnectionOptions,
  isValidAddress,
  maxPayloadOf,
  readConfig,
  readCredentials,
} from '../../src/connection/options.ts';
import { GatewayError } from '../../src/errors/gateway-error.ts';
import { ADDRESS } from './stage.ts';

const socketFactory = {
  open: () => {
    throw new Error('nobody asked for a socket');
  },
};

function faultOf(options: Partial<GatewayConnectionOptions>): string | undefined {
  try {
    readConfig({ url: ADDRESS, socketFactory, ...options }, 5);
    return undefined;
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    expect([error.code, error.problem.at]).toEqual(['config.invalid', 5]);
    return error.problem.detail.replace('GatewayConnection options: ', '');
  }
}

/** Sets one option by its full name. */
function withOption(name: string, value: number): Partial<GatewayConnectionOptions> {
  const [group = '', key] = name.split('.');
  return key === undefined ? { [group]: value } : { [group]: { [key]: value } };
}

const aboveZero = [
  'request.timeoutMs',
  'heartbeat.intervalMs',
  'heartbeat.timeoutMs',
  'heartbeat.probeMs',
  'heartbeat.wakeProbeMs',
  'handshakeTimeoutMs',
  'maxPayload',
];
const zeroOrMore = [
  'reconnect.baseDelayMs',
  'reconnect.maxDelayMs',
  'reconnect.maxAttempts',
  'reconnect.stableAfterMs',
  'reconnect.probeEveryMs',
  'reconnect.approvalEveryMs',
  'request.maxQueued',
];
const invalid = [-1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

describe('readConfig', () => {
  test('readConfig without options gives the documented defaults', () => {
    expect(readConfig({ url: ADDRESS, socketFactory }, 0)).toStrictEqual({
      reconnect: {
        baseDelayMs: 1_000,
        maxDelayMs: 30_000,
        maxAttempts: 10,
        jitter: 'equal',
        stableAfterMs: 5_000,
        probeEveryMs: 60_000,
        approvalEveryMs: 10_000,
      },
      heartbeat: { intervalMs: 10_000, timeoutMs: 5_000, probeMs: 10_000, wakeProbeMs: 2_000 },
      handshakeTimeoutMs: 5_000,
      address: ADDRESS,
    });
    expect(maxPayloadOf({ url: ADDRESS, socketFactory })).toBe(33_554_432);
  });

  test('readConfig lays options over the defaults, one by one', () => {
    const options = { reconnect: { maxAttempts: 3 }, heartbeat: { probeMs: 7 }, handshakeTimeoutMs: 9, maxPayload: 8 };
    expect(readConfig({ url: () => ADDRESS, socketFactory, ...options }, 0)).toStrictEqual({
      reconnect: { ...defaultReconnect, maxAttempts: 3 },
      heartbeat: { ...defaultHeartbeat, probeMs: 7 },
      handshakeTimeoutMs: 9,
      address: 'the gateway',
    });
    expect(maxPayloadOf({ url: ADDRESS, socketFactory, ...options })).toBe(8);
  });

  test.each(aboveZero)('the option %s must be a number above 0', (name) => {
    for (const value of [0, ...invalid])
      expect(faultOf(withOption(name, value))).toContain(`${name} must be a number above 0, not ${String(value)}`);
    expect(faultOf(withOption(name, 0.5))).toBeUndefined();
  });

  test.each(zeroOrMore)('the option %s must be a number of 0 or more', (name) => {
    for (const value of invalid)
      expect(faultOf(withOption(name, value))).toContain(`${name} must be a number of 0 or more, not ${String(value)}`);
    for (const value of [0, 5]) expect(faultOf(withOption(name, value))).toBeUndefined();
  });

  test('the option request.maxInFlight must be a whole number within its bounds', () => {
    for (const value of [0, -1, 1.5, 1_048_577, Number.NaN])
      expect(faultOf(withOption('request.maxInFlight', value))).toContain(
        `request.maxInFlight must be a whole number from 1 to 1048576, not ${String(value)}`,
      );
    for (const value of [1, 1_048_576]) expect(faultOf(withOption('request.maxInFlight', value))).toBeUndefined();
  });
});

test.each([
  ['ws://127.0.0.1:1/ws', true, 'ws://127.0.0.1:1/ws'],
  ['wss://user:secret@host/ws?token=secret#secret', true, 'wss://host/ws'],
  ['ws+unix:///run/gateway.sock', true, 'ws+unix:///run/gateway.sock'],
  ['http://host/', false, 'http://host/'],
  ['no address', false, 'an address that cannot be read'],
])('the address %s is valid: %s, and shown as %s', (url, isValid, shown) => {
  expect([isValidAddress(url), displayAddress(url)]).toEqual([isValid, shown]);
});

test.each([
  [undefined, {}],
  [{}, {}],
  [{ token: 'T' }, { token: 'T' }],
  [
    { token: () => 'T', password: async () => 'P' },
    { token: 'T', password: 'P' },
  ],
  [{ token: () => undefined, password: '' }, { password: '' }],
])('credentials from %j are read from values and functions', async (auth, credentials) => {
  expect(await readCredentials(auth)).toStrictEqual(credentials);
});
