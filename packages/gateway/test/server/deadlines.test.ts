import { afterEach, describe, expect, it } from 'vitest';
import { closeAll, connect, gateway } from '../harness/gateways.ts';
import { openClawClient } from '../harness/openclaw-client.ts';
import { SimulatedClock } from '../harness/simulated-clock.ts';

afterEach(closeAll);

describe('a connection', () => {
  it('a connection that never logs in is closed after 15 s', async () => {
    const clock = new SimulatedClock(0);
    const { url } = await gateway({ clock, token: 'secret' });
    const [stranger, member] = [await connect(url), await connect(url)];
    await member.call('auth.login', { token: 'secret' });
    await clock.advance(14_999);
    expect(await stranger.refusal('system.health')).toMatchObject({ code: -32002 });
    await clock.advance(1);
    expect(await stranger.closed).toEqual({ code: 4401, reason: 'login expected' });
    expect(await member.call('system.health')).toMatchObject({ ok: true });
  });

  it('a connection that ignores the challenge is closed after 15 s', async () => {
    const clock = new SimulatedClock(0);
    const { url } = await gateway({ clock, dialect: 'openclaw' });
    const [silent, polite] = [await connect(url), await openClawClient(url)];
    await clock.advance(15_000);
    expect(await silent.closed).toEqual({ code: 1000, reason: '' });
    expect(await polite.ask('health')).toMatchObject({ ok: true });
  });

  it('a connection that neither sends nor answers pings is cut', async () => {
    const clock = new SimulatedClock(0);
    const { url } = await gateway({ clock });
    const dead = await connect(url, { autoPong: false });
    const pinged = new Promise((resolve) => dead.socket.once('ping', resolve));
    await clock.advance(25_000);
    await pinged;
    await clock.advance(50_000);
    expect(await dead.closed).toEqual({ code: 1006, reason: '' });
  });

  it('a connection that answers pings stays open', async () => {
    const clock = new SimulatedClock(0);
    const { url } = await gateway({ clock });
    const quiet = await connect(url);
    for (let round = 0; round < 6; round += 1) {
      const pinged = new Promise((resolve) => quiet.socket.once('ping', resolve));
      await clock.advance(25_000);
      await pinged;
      // The pong is on its way before this answer is asked for.
      await quiet.call('system.version');
    }
    expect(await quiet.call('system.health')).toMatchObject({ ok: true });
  });

  it('a connection that reads too slowly is cut, and no other one', async () => {
    const { url } = await gateway({ faults: { 'huge-frame': 90_000_000 } });
    const slow = await connect(url);
    slow.socket.pause();
    const quick = await connect(url);
    await quick.notification('error');
    await quick.call('chat.send', { message: 'for all' });
    await quick.notification('chat.message_received', ({ state }) => state === 'final');
    expect(await quick.call('system.health', { deep: true })).toMatchObject({ connections: 1 });
    slow.socket.resume();
    expect(await slow.closed).toMatchObject({ code: 1006 });
  });
});

describe('OpenClaw connections', () => {
  it('hear of the health every minute', async () => {
    const clock = new SimulatedClock(0);
    const { url } = await gateway({ clock, dialect: 'openclaw' });
    const client = await openClawClient(url);
    await clock.advance(60_000);
    const first = await client.event('health');
    expect(first).toMatchObject({ payload: { ok: true, ts: 60_000 }, stateVersion: { health: expect.any(Number) } });
    await clock.advance(60_000);
    expect(await client.event('health')).toMatchObject({ payload: { ts: 120_000 } });
  });
});
