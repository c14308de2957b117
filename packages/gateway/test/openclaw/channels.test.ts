import { isObject } from '@deskclaw/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import type { Client, Frame } from '../harness/client.ts';
import { closeAll, connect, gateway } from '../harness/gateways.ts';
import { openClawClient } from '../harness/openclaw-client.ts';

afterEach(closeAll);

const openclaw = { dialect: 'openclaw' } as const;

async function payload(client: Client, method: string, params: object = {}): Promise<Frame> {
  const answer = await client.ask(method, params);
  if (answer['ok'] !== true || !isObject(answer['payload'])) throw new Error(JSON.stringify(answer));
  return answer['payload'];
}

async function channel(client: Client, id: string): Promise<unknown> {
  const { channels } = await payload(client, 'channels.status');
  return isObject(channels) ? channels[id] : undefined;
}

function pictureIn({ qrDataUrl }: Frame): string {
  expect(qrDataUrl).toMatch(/^data:image\/png;base64,/);
  return String(qrDataUrl);
}

describe('starting and stopping a channel', () => {
  it('channels.start and stop answer like OpenClaw and show in status and health', async () => {
    const client = await openClawClient((await gateway(openclaw)).url);
    expect(await payload(client, 'channels.stop', { channel: 'webchat' })).toEqual({
      channel: 'webchat',
      accountId: 'default',
      stopped: true,
    });
    expect(await channel(client, 'webchat')).toMatchObject({ running: false, connected: false });
    await client.event('health', ({ channels }) => JSON.stringify(channels).includes('"running":false'));
    expect(await payload(client, 'channels.start', { channel: 'webchat' })).toMatchObject({ started: true });
    expect(await channel(client, 'webchat')).toMatchObject({ running: true, connected: true });
  });

  it('channels.start rejects an unknown channel with the message of OpenClaw', async () => {
    const client = await openClawClient((await gateway(openclaw)).url);
    for (const method of ['channels.start', 'channels.stop', 'channels.logout']) {
      expect(await client.ask(method, { channel: 'nope' })).toMatchObject({
        ok: false,
        error: { code: 'INVALID_REQUEST', message: `invalid ${method} channel` },
      });
    }
  });

  it('channels.start is acknowledged even when the channel never connects', async () => {
    const client = await openClawClient((await gateway({ ...openclaw, faults: { 'channels-stuck': true } })).url);
    expect(await payload(client, 'channels.start', { channel: 'webchat' })).toMatchObject({ started: true });
    expect(await channel(client, 'webchat')).toMatchObject({ running: true, connected: false });
  });

  it('channels.start and stop are not offered by protocol 3', async () => {
    const client = await openClawClient((await gateway({ ...openclaw, faults: { 'openclaw-protocol': '3' } })).url);
    expect(await client.ask('channels.start', { channel: 'webchat' })).toMatchObject({
      error: { message: 'unknown method: channels.start' },
    });
  });

  it('needs the right of an administrator', async () => {
    const client = await openClawClient((await gateway(openclaw)).url, ['operator.read']);
    expect(await client.ask('channels.stop', { channel: 'webchat' })).toMatchObject({ error: { code: 'FORBIDDEN' } });
  });
});

describe('the login by a QR code', () => {
  it('web.login.start is supported for the device channel only', async () => {
    const client = await openClawClient((await gateway(openclaw)).url);
    for (const [id, message] of [
      ['webchat', 'web login is not supported by provider webchat'],
      ['nope', 'web login provider is not available'],
    ]) {
      expect(await client.ask('web.login.start', { channel: id })).toMatchObject({ error: { message } });
    }
    expect(await payload(client, 'web.login.wait', { channel: 'device' })).toMatchObject({ connected: false });
  });

  it('ends when a device links itself', async () => {
    const { url } = await gateway({ dialect: 'both', token: 'secret' });
    const owner = await openClawClient(url, ['operator.admin'], 'secret');
    pictureIn(await payload(owner, 'web.login.start', { channel: 'device', timeoutMs: 5000 }));
    expect(await channel(owner, 'device')).toMatchObject({ linked: false, running: true, connected: false });
    const waiting = payload(owner, 'web.login.wait', { channel: 'device', timeoutMs: 60_000 });
    // The picture holds what the other dialect says in text.
    const helper = await connect(url);
    await helper.call('auth.login', { token: 'secret' });
    const { qr } = await helper.call('channels.getQRCode', { channelId: 'device' });
    const device = await connect(url);
    await device.call('auth.login', { token: new URL(String(qr)).searchParams.get('code') });
    expect(await waiting).toMatchObject({ connected: true });
    expect(await channel(owner, 'device')).toMatchObject({ linked: true, connected: true });
    expect(await payload(owner, 'web.login.start', { channel: 'device' })).not.toHaveProperty('qrDataUrl');
    expect(await payload(owner, 'channels.logout', { channel: 'device' })).toMatchObject({ loggedOut: true });
    expect((await device.closed).code).toBe(4401);
  });

  it('shows a fresh code when the one shown has expired', async () => {
    const { url } = await gateway({ ...openclaw, faults: { 'link-code-lives': 50 } });
    const client = await openClawClient(url);
    const first = pictureIn(await payload(client, 'web.login.start', {}));
    const second = await payload(client, 'web.login.wait', { currentQrDataUrl: first, timeoutMs: 60_000 });
    expect(second).toMatchObject({ connected: false });
    expect(pictureIn(second)).not.toBe(first);
  });

  it('says when it has waited long enough', async () => {
    const client = await openClawClient((await gateway(openclaw)).url);
    const code = pictureIn(await payload(client, 'web.login.start', {}));
    const waited = await payload(client, 'web.login.wait', { currentQrDataUrl: code, timeoutMs: 1 });
    expect(waited).toMatchObject({ connected: false });
    expect(waited).not.toHaveProperty('qrDataUrl');
  });

  it('takes no channel in protocol 3', async () => {
    const client = await openClawClient((await gateway({ ...openclaw, faults: { 'openclaw-protocol': '3' } })).url);
    expect(await client.ask('web.login.start', { channel: 'device' })).toMatchObject({
      error: { message: expect.stringContaining("unexpected property 'channel'") },
    });
    pictureIn(await payload(client, 'web.login.start', {}));
  });
});
