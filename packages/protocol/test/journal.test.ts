import { describe, expect, it } from 'vitest';
import { journalCategories, parseJournal, parseJournalRecord } from '../src/index.ts';

const record = { at: 1, category: 'process', what: 'exited', cause: 'crash', durationMs: 5, data: { pid: 7 } } as const;

describe('parseJournalRecord', () => {
  it.each(journalCategories)('reads a record of the category "%s"', (category) => {
    expect(parseJournalRecord({ at: 1, category, what: 'x' })).toEqual({ at: 1, category, what: 'x' });
  });

  it('drops keys that it does not know, and optional ones of another type', () => {
    expect(parseJournalRecord({ ...record, extra: 1 })).toEqual(record);
    expect(parseJournalRecord({ ...record, cause: 1, durationMs: '5', data: [] })).toEqual({
      at: 1,
      category: 'process',
      what: 'exited',
    });
  });

  it('drops a duration that no number of ms is', () => {
    expect(parseJournalRecord({ ...record, durationMs: Number.POSITIVE_INFINITY })).not.toHaveProperty('durationMs');
  });

  it('reads the names that version 0.1 wrote', () => {
    expect(parseJournalRecord({ at: 1, lane: 'socket', what: 'closed' })).toEqual({
      at: 1,
      category: 'connection',
      what: 'closed',
    });
    expect(parseJournalRecord({ at: 1, lane: 'health', what: 'x' })).toMatchObject({ category: 'health' });
  });

  it.each([
    undefined,
    null,
    'text',
    [],
    {},
    { ...record, at: '1' },
    { ...record, at: 8.64e15 + 2 },
    { ...record, at: Number.POSITIVE_INFINITY },
    { ...record, category: 'weather' },
    { at: 1, category: 'process' },
  ])('returns undefined for %j', (value) => {
    expect(parseJournalRecord(value)).toBeUndefined();
  });
});

it('parseJournal skips lines that are cut in half or hold no record', () => {
  const text = `${JSON.stringify(record)}\n{"at":2,"category":"pro\n\n{}\n${JSON.stringify({ ...record, at: 3 })}`;
  expect(parseJournal(text).map(({ at }) => at)).toEqual([1, 3]);
  expect(parseJournal('')).toEqual([]);
});
