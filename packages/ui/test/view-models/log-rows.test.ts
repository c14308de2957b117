import type { LogRecord } from '@deskclaw/protocol';
import { describe, expect, it } from 'vitest';
import { filterLogs, logRow, noFilter } from '../../src/view-models/log-rows.ts';
import { NOW } from '../support/view-states.ts';

const record = (level: LogRecord['level'], text: string): LogRecord => ({
  at: NOW,
  source: 'gateway',
  stream: 'stdout',
  level,
  text,
});
const lines = [record('debug', 'one'), record('info', 'Two'), record('warn', 'three'), record('error', 'four')].map(
  (each, id) => ({ id, record: each }),
);
const texts = (filter: typeof noFilter) => filterLogs(lines, filter).map((line) => line.record.text);

describe('the filter', () => {
  it('lets everything through by default, as the same list', () => {
    expect(filterLogs(lines, noFilter)).toBe(lines);
  });

  it.each([
    ['debug', '', ['one', 'Two', 'three', 'four']],
    ['info', '', ['Two', 'three', 'four']],
    ['warn', '', ['three', 'four']],
    ['error', '', ['four']],
    ['debug', 'TWO', ['Two']],
    ['info', 'o', ['Two', 'four']],
    ['debug', '.*', []],
  ] as const)('%s %j', (level, text, kept) => {
    expect(texts({ level, text })).toEqual(kept);
  });
});

describe('a line', () => {
  it('is shown without the colour codes of terminals', () => {
    expect(logRow(record('info', '\u001b[32mok\u001b[0m [1m')).text).toBe('ok [1m');
  });

  it('names where it came from', () => {
    expect(logRow(record('info', 'x')).source).toBe('stdout');
    expect(logRow({ at: NOW, source: 'supervisor', level: 'info', text: 'x' }).source).toBe('deskclaw');
  });
});
