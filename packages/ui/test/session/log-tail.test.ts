import type { LogRecord } from '@deskclaw/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addLogs,
  answerLogs,
  type LogFilter,
  logQuery,
  noFilter,
  noLogs,
  olderLimit,
  requestLogs,
} from '../../src/session/log-tail.ts';
import { scenes } from '../support/scenes.ts';
import { SessionHarness } from '../support/session-harness.ts';
import { NOW } from '../support/view-states.ts';
import { settled } from '../support/virtual-clock.ts';

let at = NOW;
function record(text: string, level: LogRecord['level'] = 'info'): LogRecord {
  at += 1;
  return { at, source: 'gateway', level, text };
}
const texts = (tail: { readonly lines: readonly { readonly record: LogRecord }[] }) =>
  tail.lines.map((line) => line.record.text);

describe('a query', () => {
  it.each<[LogFilter, object]>([
    [noFilter, { limit: 5 }],
    [
      { level: 'error', text: '' },
      { limit: 5, level: 'error' },
    ],
    [
      { level: 'warn', text: 'Port 1' },
      { limit: 5, level: 'warn', grep: '[PpP][ooO][rrR][ttT] 1' },
    ],
    [
      { level: 'debug', text: 'a.b*' },
      { limit: 5, grep: '[aaA]\\.[bbB]\\*' },
    ],
  ])('%j asks the host for %j', (filter, query) => {
    expect(logQuery(filter, 5)).toEqual(query);
  });

  it('a text is found by its pattern in any case, and the pattern is valid', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), (text) => {
        const { grep = '' } = logQuery({ level: 'debug', text }, 1);
        expect(new RegExp(grep, 'u').test(`before ${text} after`)).toBe(true);
      }),
    );
  });
});

describe('the tail of the log', () => {
  it('new lines that do not match the filter are not shown', () => {
    const errors = requestLogs(addLogs(noLogs, [record('a'), record('b', 'error')]), { level: 'error', text: '' });
    expect(texts(errors)).toEqual(['b']);
    expect(texts(addLogs(errors, [record('c'), record('D', 'error')]))).toEqual(['b', 'D']);
  });

  it('an answer keeps what arrived after its request, once', () => {
    const [one, two, three] = [record('one'), record('two'), record('three')];
    const asked = requestLogs(addLogs(noLogs, [one]), { ...noFilter });
    const during = addLogs(asked, [two, three]);
    const answered = answerLogs(during, { records: [one, two], truncated: true, total: 40 }, asked.nextId);
    expect(texts(answered)).toEqual(['one', 'two', 'three']);
    expect(answered).toMatchObject({ older: 38, hasEarlier: true, query: 'answered' });
    expect(new Set(answered.lines.map((line) => line.id)).size).toBe(3);
  });

  it('older lines are asked for until the host has no more, or the screen no room', () => {
    const tail = addLogs(noLogs, [record('a'), record('b')]);
    expect(olderLimit(tail)).toBeUndefined();
    expect(olderLimit({ ...tail, older: 3 })).toBe(1_002);
    const full = addLogs(
      noLogs,
      Array.from({ length: 6_000 }, (_, index) => record(String(index))),
    );
    expect([full.lines.length, full.older, olderLimit(full)]).toEqual([5_000, 1_000, undefined]);
  });
});

describe('the log of a session', () => {
  const answer = (...records: readonly LogRecord[]) => ({ records, truncated: true, total: 10_017 });

  it('the first page says how many lines the host has, and a filter is searched for on the host', async () => {
    const stage = new SessionHarness();
    await stage.completeInitialLoad(scenes.running(NOW), { logs: [record('plain')], logsTotal: 10_017 });
    expect(stage.snapshot.logs).toMatchObject({ older: 10_016 });
    stage.session.filterLogs({ level: 'error', text: '' });
    expect(stage.snapshot.logs).toMatchObject({ lines: [], query: 'pending' });
    const call = stage.connection.take('logs.query');
    expect(call.params).toEqual({ limit: 500, level: 'error' });
    call.resolve(answer(record('old failure', 'error')));
    await settled();
    expect(texts(stage.snapshot.logs)).toEqual(['old failure']);
  });

  it('Load older asks for more of the same filter', async () => {
    const stage = new SessionHarness();
    await stage.completeInitialLoad(scenes.running(NOW), { logs: [record('plain')], logsTotal: 2_000 });
    stage.session.loadOlderLogs();
    stage.session.loadOlderLogs();
    const call = stage.connection.take('logs.query');
    expect(call.params).toEqual({ limit: 1_001 });
    expect(stage.connection.calls.filter(({ method }) => method === 'logs.query')).toEqual([]);
    call.resolve({ records: [record('older'), record('plain')], truncated: false, total: 2 });
    await settled();
    expect(stage.snapshot.logs).toMatchObject({ older: 0, hasEarlier: false });
  });

  it('the answer to an earlier filter is dropped, and a failed one is reported', async () => {
    const stage = new SessionHarness();
    await stage.completeInitialLoad();
    stage.session.filterLogs({ level: 'debug', text: 'first' });
    stage.session.filterLogs({ level: 'debug', text: 'second' });
    const [first, second] = [stage.connection.take('logs.query'), stage.connection.take('logs.query')];
    second.reject(new Error('busy'));
    first.resolve(answer(record('first')));
    await settled();
    expect(stage.snapshot.logs).toMatchObject({ query: 'failed', lines: [], filter: { text: 'second' } });
  });

  it('a filter outlives the connection and is asked for again', async () => {
    const stage = new SessionHarness();
    await stage.completeInitialLoad();
    stage.session.filterLogs({ level: 'warn', text: '' });
    stage.connection.end();
    await settled();
    await stage.clock.advance(10_000);
    await stage.completeInitialLoad();
    expect(stage.snapshot.logs.filter.level).toBe('warn');
    expect(stage.connection.take('logs.query').params).toMatchObject({ level: 'warn' });
  });
});
