import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addHappenings,
  type Entry,
  type Happening,
  isNews,
  isWorthShowing,
  noticeOf,
} from '../../src/session/happening.ts';

function notice(method: string, at = 0): Happening {
  return { kind: 'notice', notice: noticeOf(method, undefined, at) };
}

describe('the list of what happened', () => {
  it('is newest first, bounded, and numbers each row once', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 20 }), { maxLength: 20 }),
        (batches) => {
          let entries: readonly Entry[] = [];
          let nextId = 1;
          for (const batch of batches) {
            ({ entries, nextId } = addHappenings(
              entries,
              batch.map((name) => notice(name)),
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

  it('loses none: rows that fit account for everything that was told', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'b'), { maxLength: 40 }), (names) => {
        const { entries } = addHappenings(
          [],
          names.map((name) => notice(name)),
          1,
          1_000,
        );
        expect(entries.reduce((sum, entry) => sum + entry.times, 0)).toBe(names.length);
      }),
    );
  });

  it('tells different things apart', () => {
    const told: readonly Happening[] = [
      { kind: 'timeline', record: { at: 1, lane: 'process', what: 'exited', cause: 'crash' } },
      { kind: 'timeline', record: { at: 2, lane: 'process', what: 'exited', cause: 'killed' } },
      { kind: 'timeline', record: { at: 3, lane: 'process', what: 'exited', cause: 'killed' } },
    ];
    expect(addHappenings([], told, 1, 10).entries.map((entry) => [entry.times, entry.at])).toEqual([
      [2, 3],
      [1, 1],
    ]);
  });
});

describe('a notice', () => {
  it('keeps no more of a payload than a list can show', () => {
    const notice = noticeOf('m'.repeat(1_000), { text: '<img>'.repeat(2_000_000), list: [1, 2], state: 'ok' }, 5);
    expect(JSON.stringify(notice).length).toBeLessThan(1_000);
    expect(notice.facts['state']).toBe('ok');
  });

  it('is not made of beats and of streams that have a place of their own', () => {
    expect(['tick', 'chat', 'agent', 'chat.message_received'].filter(isWorthShowing)).toEqual([]);
    expect(isWorthShowing('channel.status_changed')).toBe(true);
  });
});

describe('a line of the journal', () => {
  it('is news unless it is a mere step on the way to one', () => {
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
    const told = process.filter((what) => isNews({ at: 0, lane: 'process', what }));
    expect(told).toEqual(['spawned', 'running', 'exit', 'terminating', 'backoff', 'failed']);
    expect(isNews({ at: 0, lane: 'socket', what: 'idle' })).toBe(true);
    // Nobody asked a process to end that ended by itself.
    expect(isNews({ at: 0, lane: 'process', what: 'terminating', cause: 'exited' })).toBe(false);
  });
});
