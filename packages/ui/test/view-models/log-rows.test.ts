import type { LogRecord } from '@deskclaw/protocol';
import { describe, expect, it } from 'vitest';
import { type LogTail, noFilter, noLogs } from '../../src/session/log-tail.ts';
import { logNotice, logRows } from '../../src/view-models/log-rows.ts';
import { NOW } from '../support/view-states.ts';

const record = (text: string, changes: Partial<LogRecord> = {}): LogRecord => ({
  at: NOW,
  source: 'gateway',
  stream: 'stdout',
  level: 'info',
  text,
  ...changes,
});
const rows = (text: string, changes: Partial<LogRecord> = {}) => logRows({ id: 7, record: record(text, changes) });

describe('the rows of a log line', () => {
  it('terminal colour codes are removed', () => {
    expect(rows('\u001b[32mok\u001b[0m [1m')[0]?.text).toBe('ok [1m');
  });

  it('the source is the stream of the gateway, or DeskClaw', () => {
    expect(rows('x')[0]?.source).toBe('stdout');

    expect(logRows({ id: 1, record: { at: NOW, source: 'supervisor', level: 'info', text: 'x' } })[0]?.source).toBe(
      'deskclaw',
    );
  });

  it('a record of several lines has a row for each, and one key for each row', () => {
    const several = rows('It failed.\nIt last said:\r\n  cannot read config');
    expect(several.map(({ text, isFirst }) => [text, isFirst])).toEqual([
      ['It failed.', true],
      ['It last said:', false],
      ['  cannot read config', false],
    ]);
    expect(new Set(several.map((row) => row.key)).size).toBe(3);
  });
});

describe('what the list leaves out', () => {
  const lines = (count: number) => Array.from({ length: count }, (_, id) => ({ id, record: record(String(id)) }));
  it.each<[Partial<LogTail>, string | undefined, boolean]>([
    [{ lines: lines(3) }, undefined, false],
    [{ lines: lines(500), older: 9_517 }, 'Showing 500 of 10,017 lines.', false],
    [{ lines: lines(5_000), older: 9 }, 'Showing 5,000 of 5,009 lines.', true],
    [{ lines: lines(20), hasEarlier: true }, 'Showing the newest 20 lines.', true],
    [{ lines: lines(2), older: 2, filter: { ...noFilter, level: 'error' } }, 'Showing 2 of 4 matching lines.', false],
    [{ hasEarlier: true, filter: { ...noFilter, text: 'x' } }, 'Only the newest lines were searched.', true],
    [{ filter: { ...noFilter, text: 'x' } }, undefined, false],
  ])('case %#', (tail, text, files) => {
    const notice = logNotice({ ...noLogs, ...tail });
    expect([notice?.text, notice?.files ?? false]).toEqual([text, files]);
  });
});
