import type { JournalRecord } from '@deskclaw/protocol';
import { describe, expect, it } from 'vitest';
import { type ActivityEvent, summarizeNotification } from '../../src/session/activity.ts';
import { activityRow } from '../../src/view-models/activity-rows.ts';
import { NOW } from '../support/view-states.ts';

function rowOf(event: ActivityEvent, times = 1) {
  return activityRow({ id: 1, event, count: times, at: NOW }, NOW);
}
const record = (changes: Partial<JournalRecord>): ActivityEvent => ({
  kind: 'timeline',
  record: { at: NOW, category: 'process', what: 'spawned', ...changes },
});
const notification = (method: string, params?: unknown): ActivityEvent => ({
  kind: 'notification',
  notification: summarizeNotification(method, params, NOW),
});

describe('activityRow', () => {
  it('activityRow shows what happened, why and after how long', () => {
    const data = { pid: 7, lastLines: ['x'] };
    const exit = record({ what: 'exit', cause: 'killed (signal SIGKILL)', durationMs: 8_400, data });
    expect(rowOf(exit)).toMatchObject({
      category: 'process',
      time: '14:02:11',
      text: 'Process exited',
      detail: 'killed (signal SIGKILL) · pid 7 · after 8.4 s',
      repetitions: undefined,
    });
  });

  it.each<[Partial<JournalRecord>, string, string | undefined, string]>([
    [{ what: 'spawned', data: { pid: 7 } }, 'Process started', 'pid 7', 'working'],
    [{ what: 'running', cause: 'ready', data: { pid: 7, bootMs: 640 } }, 'Gateway ready', 'in 640 ms · pid 7', 'ok'],
    [{ what: 'exit', cause: 'requested (exit code 0)' }, 'Process exited', 'requested (exit code 0)', 'idle'],
    [
      { what: 'failed', cause: 'It crashed: five times.\nline\nline' },
      'Automatic restarts stopped',
      'It crashed: five times.',
      'alert',
    ],
    [
      { what: 'adopted', cause: 'An earlier host had started it.' },
      'Process taken over',
      'An earlier host had started it.',
      'ok',
    ],
    [
      { category: 'connection', what: 'ready', data: { dialect: 'openclaw', version: '2026.9.6' } },
      'Connected',
      'OpenClaw 2026.9.6',
      'ok',
    ],
    [
      { category: 'connection', what: 'waiting', cause: 'refused', data: { attempt: 3 } },
      'Waiting to reconnect',
      'attempt 3 failed · refused',
      'caution',
    ],
    [{ category: 'connection', what: 'exhausted' }, 'Gateway unreachable', undefined, 'alert'],
    [{ category: 'health', what: 'something new', cause: 'why not' }, 'Something new', 'why not', 'idle'],
    [{ category: 'intent', what: 'constructor' }, 'Constructor', undefined, 'idle'],
  ])('the journal record %j has its text', (changes, text, detail, tone) => {
    expect(rowOf(record(changes))).toMatchObject({ text, detail, tone });
  });

  it('activityRow leaves out unknown details', () => {
    expect(rowOf(record({ what: 'exit' }))).toMatchObject({ text: 'Process exited', detail: undefined });
  });

  it('activityRow shows the repetition count', () => {
    expect(rowOf(record({}), 2_000).repetitions).toBe('×2,000');
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
    ['tool.call_started', { tool: 'read_file' }, 'Tool read_file started', undefined, 'working'],
    ['tool.call_completed', { tool: 'read_file' }, 'Tool read_file finished', undefined, 'idle'],
    ['gateway.status_changed', { state: 'draining', reason: 'update' }, 'Gateway state: draining', 'update', 'idle'],
    ['error', { message: 'boom' }, 'Gateway error', 'boom', 'alert'],
    ['something.else', { a: 1 }, 'something.else', '{a: 1}', 'idle'],
    ['something.else', undefined, 'something.else', undefined, 'idle'],
    ['channel.status_changed', 'nonsense', 'Channel unknown: changed', undefined, 'idle'],
  ])('the notification %s %j has its text', (method, params, text, detail, tone) => {
    expect(rowOf(notification(method, params))).toMatchObject({ category: 'gateway', text, detail, tone });
  });

  it('activityRow stays short and on one line', () => {
    const long = rowOf(record({ what: 'x'.repeat(5_000), cause: `a\nb\n${'c'.repeat(5_000)}` }));
    expect(long.text.length).toBeLessThanOrEqual(160);
    expect(long.detail?.length).toBeLessThanOrEqual(160);
    expect(long.detail).not.toContain('\n');
  });
});
