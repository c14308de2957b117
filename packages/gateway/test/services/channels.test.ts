import { afterEach, describe, expect, it } from 'vitest';
import type { Frame } from '../harness/client.ts';
import { closeAll, connect, gateway } from '../harness/gateways.ts';
import { SimulatedClock } from '../harness/simulated-clock.ts';

afterEach(closeAll);

const token = 'gateway-token';

function codeOf({ qr }: Frame): string {
  return new URL(String(qr)).searchParams.get('code') ?? '';
}

describe('the web chat channel', () => {
  it('closed, refuses messages; open again, takes them', async () => {
    const client = await connect((await gateway()).url);
    expect(await client.call('channels.list')).toMatchObject({
      channels: [
        { id: 'webchat', status: 'connected' },
        { id: 'device', status: 'disconnected' },
      ],
    });
    expect(await client.call('channels.disconnect', { channelId: 'webchat' })).toMatchObject({
      status: 'disconnected',
    });
    expect(await client.notification('channel.status_changed')).toEqual({
      channelId: 'webchat',
      status: 'disconnected',
    });
    expect(await client.refusal('chat.send', { message: 'x' })).toMatchObject({
      code: -32003,
      data: { channelId: 'webchat' },
    });
    expect(await client.call('channels.connect', { channelId: 'webchat' })).toMatchObject({ status: 'connected' });
    expect(await client.call('chat.send', { message: 'x' })).toMatchObject({ status: 'started' });
  });

  it('tells only of changes', async () => {
    const client = await connect((await gateway()).url);
    await client.call('channels.connect', { channelId: 'webchat' });
    await client.call('channels.disconnect', { channelId: 'webchat' });
    await client.notification('channel.status_changed');
    expect(client.received.filter((text) => text.includes('channel.status_changed'))).toHaveLength(1);
  });

  it('the web chat channel has no QR code', async () => {
    const client = await connect((await gateway()).url);
    expect(await client.refusal('channels.getQRCode', { channelId: 'webchat' })).toMatchObject({
      code: -32602,
      data: { path: '/channelId' },
    });
    expect(await client.refusal('channels.get', { channelId: 'whatsapp' })).toMatchObject({ code: -32004 });
  });
});

describe('the linked device', () => {
  it('comes in with the code of the QR code instead of the token', async () => {
    const { url } = await gateway({ token });
    const owner = await connect(url);
    await owner.call('auth.login', { token });
    expect(await owner.refusal('channels.getQRCode', { channelId: 'device' })).toMatchObject({ code: -32000 });
    expect(await owner.call('channels.connect', { channelId: 'device' })).toMatchObject({ status: 'connecting' });
    const answer = await owner.call('channels.getQRCode', { channelId: 'device' });
    expect(new URL(String(answer['qr'])).searchParams.get('url')).toBe(url);

    const device = await connect(url);
    expect(await device.call('auth.login', { token: codeOf(answer) })).toEqual({ ok: true });
    expect(await device.call('system.health')).toMatchObject({ ok: true });
    expect(await owner.notification('channel.status_changed', ({ status }) => status === 'connected')).toMatchObject({
      channelId: 'device',
    });
    await device.close();
    expect(await owner.notification('channel.status_changed', ({ status }) => status === 'connecting')).toMatchObject({
      channelId: 'device',
    });
  });

  it('cannot use a code twice, an older code, or one of its own making', async () => {
    const { url } = await gateway({ token });
    const owner = await connect(url);
    await owner.call('auth.login', { token });
    await owner.call('channels.connect', { channelId: 'device' });
    const older = codeOf(await owner.call('channels.getQRCode', { channelId: 'device' }));
    const newer = codeOf(await owner.call('channels.getQRCode', { channelId: 'device' }));
    const attempt = async (code: string): Promise<boolean> =>
      'result' in (await (await connect(url)).request('auth.login', { token: code }));
    expect(await attempt(older)).toBe(false);
    expect(await attempt('invented')).toBe(false);
    expect(await attempt(newer)).toBe(true);
    expect(await attempt(newer)).toBe(false);
  });

  it('cannot use a code that is a minute old', async () => {
    const clock = new SimulatedClock(1_000_000);
    const { url } = await gateway({ token, clock });
    const owner = await connect(url);
    await owner.call('auth.login', { token });
    await owner.call('channels.connect', { channelId: 'device' });
    const answer = await owner.call('channels.getQRCode', { channelId: 'device' });
    expect(answer['expiresAt']).toBe(1_060_000);
    clock.setWall(1_060_000);
    expect(await (await connect(url)).refusal('auth.login', { token: codeOf(answer) })).toMatchObject({ code: -32002 });
  });

  it('a linked device is disconnected when the channel is closed', async () => {
    const { url } = await gateway({ token });
    const owner = await connect(url);
    await owner.call('auth.login', { token });
    await owner.call('channels.connect', { channelId: 'device' });
    const device = await connect(url);
    await device.call('auth.login', { token: codeOf(await owner.call('channels.getQRCode', { channelId: 'device' })) });
    await owner.call('channels.disconnect', { channelId: 'device' });
    expect(await device.closed).toEqual({ code: 4401, reason: 'device unlinked' });
    expect(await owner.call('channels.get', { channelId: 'device' })).toMatchObject({ status: 'disconnected' });
  });
});
