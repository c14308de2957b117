import { isObject } from '@deskclaw/protocol';
import { describe, expect, it } from 'vitest';
import { channelMethods, listedChannels, openClawChannels, readQrAnswer } from '../../src/channels/channel-methods.ts';
import { recorded, versions } from './recorded.ts';

function offered(version: (typeof versions)[number]): readonly string[] {
  const methods = recorded(version, 'methods');
  return Array.isArray(methods) ? methods.filter((name) => typeof name === 'string') : [];
}

describe('which methods', () => {
  it.each(versions)('the OpenClaw channel methods are chosen for %s', (version) => {
    expect(channelMethods(offered(version))).toBe(openClawChannels);
  });

  it('the JSON-RPC channel methods are chosen for a gateway that lists them or lists nothing', () => {
    expect(channelMethods(['channels.list', 'channels.status'])).toBe(listedChannels);
    expect(channelMethods([])).toBe(listedChannels);
  });

  it('a method that an OpenClaw generation lacks is missing from its list', () => {
    const start = openClawChannels.connect({ channelId: 'telegram' }).method;
    expect(versions.map((version) => offered(version).includes(start))).toEqual([false, true, true]);
    // Only where a channel that can be logged in to like that is loaded.
    expect(versions.map((version) => offered(version).includes(openClawChannels.qrMethod))).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('the account id is sent only when one is requested', () => {
    expect(openClawChannels.disconnect({ channelId: 'a' })).toEqual({
      method: 'channels.stop',
      params: { channel: 'a' },
    });
    expect(openClawChannels.logout({ channelId: 'a', accountId: 'b' })).toEqual({
      method: 'channels.logout',
      params: { channel: 'a', accountId: 'b' },
    });
  });
});

describe('an answer about a QR code', () => {
  const failed = '{"channel":"whatsapp","timeoutMs":6000}';

  it('a QR answer of a gateway that cannot reach WhatsApp holds only a message', () => {
    expect(readQrAnswer(recorded('2026.9.6', 'answers', `web.login.start ${failed}`))).toEqual({
      connected: false,
      message: 'WhatsApp login failed: WebSocket Error (getaddrinfo ENOTFOUND web.whatsapp.com)',
    });
    const waited = recorded('2026.9.6', 'answers', 'web.login.wait {"channel":"whatsapp","timeoutMs":2000}');
    expect(readQrAnswer(waited)).toMatchObject({ connected: false });
    expect(isObject(waited)).toBe(true);
  });

  it.each<[object, object]>([
    [
      { qrDataUrl: 'data:image/png;base64,AA==', message: 'Scan', sessionKey: 's' },
      {
        code: { kind: 'picture', dataUrl: 'data:image/png;base64,AA==' },
        connected: false,
        message: 'Scan',
        sessionKey: 's',
      },
    ],
    [
      { channelId: 'device', qr: 'deskclaw://link?x', expiresAt: 5 },
      { code: { kind: 'text', text: 'deskclaw://link?x', expiresAt: 5 }, connected: false },
    ],
    [
      { connected: true, message: 'Linked' },
      { connected: true, message: 'Linked' },
    ],
    [{ qr: '', qrDataUrl: 7, connected: 'yes' }, { connected: false }],
  ])('the QR answer %j is read', (answer, expected) => {
    expect(readQrAnswer(answer)).toEqual(expected);
  });

  it.each([undefined, null, 'x', []])('a QR answer of %j is read as not connected', (answer) => {
    expect(readQrAnswer(answer)).toEqual({ connected: false });
  });
});
