import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { readSchedule, type Schedule } from '../../src/services/cron-schedule.ts';
import type { Frame } from '../harness/client.ts';
import { closeAll, connect, gateway, later } from '../harness/gateways.ts';
import { SimulatedClock, settle } from '../harness/simulated-clock.ts';
import { startModelServer } from '../model-server.ts';

afterEach(closeAll);

async function schedule(text: string): Promise<Schedule> {
  const read = await readSchedule(text);
  if (!read.ok) throw new Error(read.problem);
  return read.schedule;
}
const at = (text: string): number => new Date(text).getTime();

describe('a schedule', () => {
  it.each([
    ['*/15 * * * *', '2026-11-23T10:07:30', '2026-11-23T10:15:00'],
    ['0 7 * * *', '2026-11-23T07:00:00', '2026-11-24T07:00:00'],
    ['30 8 * * MON-FRI', '2026-11-27T09:00:00', '2026-11-30T08:30:00'],
    ['0 0 29 2 *', '2026-11-23T00:00:00', '2028-02-29T00:00:00'],
    ['0 9 1 jan *', '2026-11-23T00:00:00', '2027-01-01T09:00:00'],
    ['@daily', '2026-11-23T10:07:30', '2026-11-24T00:00:00'],
    ['@hourly', '2026-11-23T10:07:30', '2026-11-23T11:00:00'],
  ])('%s after %s is %s, local time', async (text, after, next) => {
    expect((await schedule(text)).next(at(after), 0)).toBe(at(next));
  });

  it.each([
    ['', 'five cron fields'],
    ['* * * *', 'five cron fields'],
    ['* * * * * *', 'five cron fields'],
    ['60 * * * *', 'minute'],
    ['0 0 31 2 *', 'never comes'],
    ['tomorrow', 'five cron fields'],
    ['@every', '@every 90s'],
    ['@every 0s', 'one second'],
    ['@every 500ms', '@every 90s'],
    ['@every -5s', '@every 90s'],
    ['@every 5m1h', '@every 90s'],
    ['@every 99999h', 'a year'],
    ['@reboot', '@daily'],
  ])('%j is refused, saying what is wanted', async (text, words) => {
    const read = await readSchedule(text);
    expect(read).toMatchObject({ ok: false, problem: expect.stringContaining(words) });
  });

  it('@every: always later than now, at most one period away, and in step with its anchor', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 100_000 }),
        fc.integer({ min: 0, max: 2 ** 41 }),
        fc.integer({ min: -(10 ** 9), max: 10 ** 9 }),
        async (seconds, after, offset) => {
          const anchor = Math.max(0, after + offset);
          const next = (await schedule(`@every ${seconds}s`)).next(after, anchor);
          const period = seconds * 1000;
          expect(next).toBeGreaterThan(after);
          expect(next).toBeLessThanOrEqual(Math.max(after, anchor) + period);
          expect((Number(next) - anchor) % period).toBe(0);
        },
      ),
    );
  });

  it('@every adds hours, minutes and seconds', async () => {
    expect((await schedule('@every 1h30m5s')).next(0, 0)).toBe(5_405_000);
  });
});

describe('a cron job', () => {
  const start = at('2026-11-23T10:00:10');

  async function cronGateway(dataDirectory?: string) {
    const clock = new SimulatedClock(start);
    const started = await gateway({ clock, ...(dataDirectory === undefined ? {} : { dataDirectory }) });
    /** On a connection of its own: simulated hours without a pong would end an older one. */
    const call = async (method: string, params?: object): Promise<Frame> => {
      const client = await connect(started.url);
      const result = await client.call(method, params);
      await client.close();
      return result;
    };
    const refusal = async (method: string, params: object): Promise<Frame> =>
      (await connect(started.url)).refusal(method, params);
    /** The times at which messages of this job were sent. */
    const firings = async (id: unknown): Promise<readonly number[]> => {
      const { messages } = await call('chat.history', { sessionKey: `cron:${String(id)}`, limit: 1000 });
      return Array.isArray(messages) ? messages.filter(({ role }) => role === 'user').map((record) => record.at) : [];
    };
    return { clock, call, refusal, firings, started };
  }

  it('fires when its minute comes, again and again', async () => {
    const { clock, call, firings } = await cronGateway();
    const { id } = await call('cron.create', { name: 'minutely', schedule: '* * * * *', message: 'tick' });
    await settle();
    await clock.advance(49_000);
    expect(await firings(id)).toEqual([]);
    await clock.advance(1000);
    expect(await firings(id)).toEqual([at('2026-11-23T10:01:00')]);
    await clock.advance(120_000);
    expect(await firings(id)).toEqual(['10:01', '10:02', '10:03'].map((time) => at(`2026-11-23T${time}:00`)));
    expect(await call('cron.list')).toMatchObject({ jobs: [{ id, lastRunAt: at('2026-11-23T10:03:00') }] });
  });

  it('fires on time however far away', async () => {
    const { clock, call, firings } = await cronGateway();
    const { id } = await call('cron.create', { name: 'tomorrow', schedule: '0 18 24 11 *', message: 'x' });
    await settle();
    await clock.advance(at('2026-11-24T18:00:00') - start);
    expect(await firings(id)).toEqual([at('2026-11-24T18:00:00')]);
  });

  it('keeps to @every', async () => {
    const { clock, call, firings } = await cronGateway();
    const { id } = await call('cron.create', { name: 'often', schedule: '@every 10s', message: 'x' });
    await settle();
    await clock.advance(35_000);
    expect(await firings(id)).toEqual([10, 20, 30].map((seconds) => start + seconds * 1000));
  });

  it('rests while it is disabled, and when it is gone', async () => {
    const { clock, call, refusal, firings } = await cronGateway();
    const { id } = await call('cron.create', {
      name: 'x',
      schedule: '@every 10s',
      message: 'x',
      enabled: false,
    });
    await clock.advance(30_000);
    expect(await firings(id)).toEqual([]);
    expect(await call('cron.update', { jobId: id, patch: { enabled: true } })).toMatchObject({ enabled: true });
    await settle();
    await clock.advance(10_000);
    expect(await firings(id)).toHaveLength(1);
    expect(await call('cron.delete', { jobId: id })).toEqual({ deleted: true });
    await clock.advance(60_000);
    expect(await firings(id)).toHaveLength(1);
    expect(await call('cron.delete', { jobId: id })).toEqual({ deleted: false });
    expect(await refusal('cron.run', { jobId: id })).toMatchObject({ code: -32004 });
    expect(await refusal('cron.update', { jobId: id, patch: {} })).toMatchObject({ code: -32004 });
  });

  it('follows a new schedule, not the old one', async () => {
    const { clock, call, firings } = await cronGateway();
    const { id } = await call('cron.create', { name: 'x', schedule: '@every 10s', message: 'x' });
    await call('cron.update', { jobId: id, patch: { schedule: '@every 1m' } });
    await settle();
    await clock.advance(60_000);
    expect(await firings(id)).toEqual([start + 60_000]);
  });

  it('runs when asked to, disabled or not', async () => {
    const { call, started } = await cronGateway();
    const client = await connect(started.url);
    const { id } = await call('cron.create', { name: 'x', schedule: '@yearly', message: 'now', enabled: false });
    const { runId } = await call('cron.run', { jobId: id });
    expect(await client.notification('chat.message_sent')).toMatchObject({
      runId,
      sessionKey: `cron:${String(id)}`,
      text: 'now',
    });
    expect(await call('cron.list')).toMatchObject({ jobs: [{ lastRunAt: start }] });
  });

  it('fires once after a night asleep, and in step from then on', async () => {
    const { clock, call, firings } = await cronGateway();
    const { id } = await call('cron.create', { name: 'x', schedule: '0 * * * *', message: 'x' });
    await settle();
    clock.setWall(at('2026-11-24T07:30:00'));
    await clock.advance(60_000);
    expect(await firings(id)).toHaveLength(1);
    await clock.advance(30 * 60_000);
    expect((await firings(id)).at(-1)).toBe(at('2026-11-24T08:00:00'));
  });

  it('finds its time again when the clock is set back', async () => {
    const { clock, call, firings } = await cronGateway();
    const { id } = await call('cron.create', { name: 'x', schedule: '0 * * * *', message: 'x' });
    await settle();
    clock.setWall(at('2026-11-23T03:50:00'));
    await clock.advance(10 * 60_000);
    expect(await firings(id)).toEqual([at('2026-11-23T04:00:00')]);
  });

  it('skips its turn while its last run goes on', async () => {
    const model = await startModelServer();
    later(() => model.close());
    const { clock, call, firings, started } = await cronGateway();
    const client = await connect(started.url);
    await call('providers.set', { providerId: 'p', baseUrl: model.url, model: 'm' });
    const { id } = await call('cron.create', { name: 'x', schedule: '@every 10s', message: '[stall]' });
    await settle();
    await clock.advance(10_000);
    await client.notification('chat.message_received', ({ state }) => state === 'delta');
    await clock.advance(20_000);
    expect(await firings(id)).toHaveLength(1);
  });

  it('a cron job stops with the gateway', async () => {
    const { clock, call, started } = await cronGateway();
    await call('cron.create', { name: 'x', schedule: '* * * * *', message: 'x' });
    await settle();
    await started.close();
    expect(clock.pending).toBe(0);
  });
});
