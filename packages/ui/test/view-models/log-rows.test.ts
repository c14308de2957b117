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

describe('filterLogs', () => {
  it('the default filter returns the same list', () => {
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
  ] as const)('filter of level %s with text %j', (level, text, stored) => {
    expect(texts({ level, text })).toEqual(stored);
  });
});

describe('logRow', () => {
  it('logRow removes terminal colour codes', () => {
    expect(logRow(record('info', '\u001b[32mok\u001b[0m [1m')).text).toBe('ok [1m');
  });

  it('logRow names the source of the line', () => {
    expect(logRow(record('info', 'x')).source).toBe('stdout');
    expect(logRow({ at: NOW, source: 'supervisor', level: 'info', text: 'x' }).source).toBe('deskclaw');
  });
});
