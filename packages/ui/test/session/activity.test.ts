import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ActivityEntry,
  type ActivityEvent,
  appendActivity,
  isNotableNotification,
  isNotableRecord,
  summarizeNotification,
} from '../../src/session/activity.ts';

function notification(method: string, at = 0): ActivityEvent {
  return { kind: 'notification', notification: summarizeNotification(method, undefined, at) };
}

describe('appendActivity', () => {
  it('appendActivity keeps the newest first, bounded, with unique ids', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 20 }), { maxLength: 20 }),
        (batches) => {
          let entries: readonly ActivityEntry[] = [];
          let nextId = 1;
          for (const batch of batches) {
            ({ entries, nextId } = appendActivity(
              entries,
              batch.map((name) => notification(name)),
              nextId,
              10,
            ));
            const ids = entries.map((entry) => entry.id);
            expect(ids).toEqual(ids.toSorted((one, other) => other - one));
            expect(new Set(ids).size).toBe(ids.length);
            expect(entries.length).toBeLessThanOrEqual(10);
          }
        },
      ),
    );
  });

  it('the counts of all rows add up to the number of events', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'b'), { maxLength: 40 }), (names) => {
        const { entries } = appendActivity(
          [],
          names.map((name) => notification(name)),
          1,
          1_000,
        );
        expect(entries.reduce((sum, entry) => sum + entry.count, 0)).toBe(names.length);
      }),
    );
  });

  it('events that differ are not counted as repetitions', () => {
    const reported: readonly ActivityEvent[] = [
      { kind: 'timeline', record: { at: 1, category: 'process', what: 'exited', cause: 'crash' } },
      { kind: 'timeline', record: { at: 2, category: 'process', what: 'exited', cause: 'killed' } },
      { kind: 'timeline', record: { at: 3, category: 'process', what: 'exited', cause: 'killed' } },
    ];
    expect(appendActivity([], reported, 1, 10).entries.map((entry) => [entry.count, entry.at])).toEqual([
      [2, 3],
      [1, 1],
    ]);
  });
});

describe('summarizeNotification', () => {
  it('summarizeNotification truncates large payloads', () => {
    const notification = summarizeNotification(
      'm'.repeat(1_000),
      { text: '<img>'.repeat(2_000_000), list: [1, 2], state: 'ok' },
      5,
    );
    expect(JSON.stringify(notification).length).toBeLessThan(1_000);
    expect(notification.facts['state']).toBe('ok');
  });

  it('heartbeats and chat streams are not notable notifications', () => {
    expect(['tick', 'chat', 'agent', 'chat.message_received'].filter(isNotableNotification)).toEqual([]);
    expect(isNotableNotification('channel.status_changed')).toBe(true);
  });
});

describe('isNotableRecord', () => {
  it('a journal record is notable unless it is an intermediate step', () => {
    const process = [
      'idle',
      'preflight',
      'spawning',
      'spawned',
      'booting',
      'running',
      'exit',
      'terminating',
      'backoff',
      'failed',
    ];
    const reported = process.filter((what) => isNotableRecord({ at: 0, category: 'process', what }));
    expect(reported).toEqual(['spawned', 'running', 'exit', 'terminating', 'backoff', 'failed']);
    expect(isNotableRecord({ at: 0, category: 'connection', what: 'idle' })).toBe(true);
    // A process that exits on its own was not stopped by a request.
    expect(isNotableRecord({ at: 0, category: 'process', what: 'terminating', cause: 'exited' })).toBe(false);
  });
});
