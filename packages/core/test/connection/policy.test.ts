import { describe, expect, test } from 'vitest';
import { recordedHello } from '../dialect/recorded.ts';
import { Stage } from './stage.ts';

/** Limits of OpenClaw 2026.2: a fiftieth of those of later versions. */
const small = { dialect: 'openclaw', maxPayload: 524_288, maxBufferedBytes: 1_572_864 } as const;

describe('the policy in hello-ok', () => {
  test('the recorded hello of OpenClaw 2026.2 states the tested policy', () => {
    const { maxPayload, maxBufferedBytes } = small;
    expect(recordedHello('2026.2.3-1')).toMatchObject({ policy: { maxPayload, maxBufferedBytes } });
  });

  test('a message above maxPayload is an error that says so, and the connection lives', async () => {
    const stage = await Stage.ready({}, small);
    const large = { filler: 'x'.repeat(small.maxPayload) };
    await expect(stage.connection.request('echo', large)).rejects.toMatchObject({
      code: 'request.invalid',
      outcome: 'not-sent',
      problem: { detail: expect.stringContaining('524288 bytes') },
    });
    expect(() => stage.connection.notify('echo', large)).toThrow('524288 bytes');
    const fits = stage.connection.request<string>('echo', { n: 1 });
    await stage.clock.advance(10);
    expect(await fits).toEqual({ n: 1 });
    expect(stage.story).toEqual([]);
  });

  test('requests on a slow line never exceed maxBufferedBytes in the socket', async () => {
    const stage = await Stage.ready({}, small);
    stage.network.conditions = { minDelayMs: 1, maxDelayMs: 1, bytesPerMs: 1_000 };
    const sent = { filler: 'x'.repeat(400_000) };
    const asked = Array.from({ length: 8 }, () => stage.connection.request<string>('echo', sent));
    const one = JSON.stringify({ type: 'req', id: '10', method: 'echo', params: sent }).length;
    const written = stage.connection.snapshot().pending.filter(({ state }) => state === 'written').length;
    expect(written).toBeGreaterThan(1);
    expect(written * one).toBeLessThanOrEqual(small.maxBufferedBytes);
    await stage.clock.advance(20_000);
    expect(await Promise.all(asked)).toHaveLength(8);
    expect(stage.story).toEqual([]);
  });
});
