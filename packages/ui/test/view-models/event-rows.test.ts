import type { TimelineRecord } from '@deskclaw/protocol';
import { describe, expect, it } from 'vitest';
import { type Happening, noticeOf } from '../../src/session/happening.ts';
import { eventRow } from '../../src/view-models/event-rows.ts';
import { NOW } from '../support/sights.ts';

function rowOf(happening: Happening, times = 1) {
  return eventRow({ id: 1, happening, times, at: NOW }, NOW);
}
const record = (changes: Partial<TimelineRecord>): Happening => ({
  kind: 'timeline',
  record: { at: NOW, lane: 'process', what: 'exited', ...changes },
});
const notice = (method: string, params?: unknown): Happening => ({
  kind: 'notice',
  notice: noticeOf(method, params, NOW),
});

describe('a row of the events', () => {
  it('says what, why and after how long', () => {
    expect(rowOf(record({ cause: 'killed by SIGKILL', durationMs: 8_400 }))).toMatchObject({
      lane: 'process',
      time: '14:02:11',
      text: 'Exited',
      detail: 'killed by SIGKILL · after 8.4 s',
      times: undefined,
    });
  });

  it('is silent on what is not known', () => {
    expect(rowOf(record({}))).toMatchObject({ text: 'Exited', detail: undefined });
  });

  it('counts repetitions', () => {
    expect(rowOf(record({}), 2_000).times).toBe('×2,000');
  });

  it.each([
    [
      'channel.status_changed',
      { channelId: 'whatsapp', status: 'connected' },
      'Channel whatsapp: connected',
      undefined,
      'ok',
    ],
    [
      'channel.status_changed',
      { channelId: 'irc', status: 'error', error: 'banned' },
      'Channel irc: error',
      'banned',
      'alert',
    ],
    ['tool.call_started', { tool: 'read_file' }, 'Tool read_file called', undefined, 'working'],
    ['tool.call_completed', { tool: 'read_file' }, 'Tool read_file answered', undefined, 'idle'],
    [
      'gateway.status_changed',
      { state: 'draining', reason: 'update' },
      'The gateway says it is draining',
      'update',
      'idle',
    ],
    ['error', { message: 'boom' }, 'The gateway reports an error', 'boom', 'alert'],
    ['something.else', { a: 1 }, 'something.else', '{a: 1}', 'idle'],
    ['something.else', undefined, 'something.else', undefined, 'idle'],
    ['channel.status_changed', 'nonsense', 'Channel unknown: changed', undefined, 'idle'],
  ])('%s %j', (method, params, text, detail, tone) => {
    expect(rowOf(notice(method, params))).toMatchObject({ lane: 'gateway', text, detail, tone });
  });

  it('stays short and on one line, whatever a gateway says', () => {
    const long = rowOf(record({ what: 'x'.repeat(5_000), cause: `a\nb\n${'c'.repeat(5_000)}` }));
    expect(long.text.length).toBeLessThanOrEqual(160);
    expect(long.detail?.length).toBeLessThanOrEqual(160);
    expect(long.detail).not.toContain('\n');
  });
});
