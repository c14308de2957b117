import { isObject } from '@deskclaw/protocol';
import { describe, expect, it } from 'vitest';
import { channelMethods, listedChannels, openClawChannels, readQrAnswer } from '../../src/channels/channel-methods.ts';
import { recorded, versions } from './recorded.ts';

function offered(version: (typeof versions)[number]): readonly string[] {
  const methods = recorded(version, 'methods');
  return Array.isArray(methods) ? methods.filter((name) => typeof name === 'string') : [];
}

describe('which methods', () => {
  it.each(versions)('OpenClaw’s for %s', (version) => {
    expect(channelMethods(offered(version))).toBe(openClawChannels);
  });

  it('the others for whoever offers them, or says nothing', () => {
    expect(channelMethods(['channels.list', 'channels.status'])).toBe(listedChannels);
    expect(channelMethods([])).toBe(listedChannels);
  });

  it('what a generation lacks shows in what it offers', () => {
    const start = openClawChannels.connect({ channelId: 'telegram' }).method;
    expect(versions.map((version) => offered(version).includes(start))).toEqual([false, true, true]);
    // Only where a channel that can be logged in to like that is loaded.
    expect(versions.map((version) => offered(version).includes(openClawChannels.qrMethod))).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('an account is named only where one is meant', () => {
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

  it('of a real gateway that cannot reach WhatsApp holds only words', () => {
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
  ])('%j', (answer, expected) => {
    expect(readQrAnswer(answer)).toEqual(expected);
  });

  it.each([undefined, null, 'x', []])('that is %j is none', (answer) => {
    expect(readQrAnswer(answer)).toEqual({ connected: false });
  });
});
