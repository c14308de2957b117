import type { HistoryRow, JournalRecord } from '@deskclaw/protocol';
import { expect, it } from 'vitest';
import { historyLines } from '../../src/output/history-rows.ts';
import { createStyle } from '../../src/output/style.ts';

const style = createStyle({ colour: false, unicode: true });
const record: JournalRecord = { at: 1, category: 'recovery', what: 'asked', cause: 'deskclaw said so' };
const waiting: HistoryRow = { type: 'note', at: 1, to: 1, record, records: [record] };

it.each([undefined, 60])('a note of the history names the profile in its command, at %j columns', (columns) => {
  const shown = (profile?: string): string =>
    historyLines([waiting], style, columns, profile).join(' ').replaceAll(/\s+/g, ' ');
  expect(shown('work')).toContain('waits for you: deskclaw --profile work recover');
  expect(shown('work')).toContain('deskclaw said so');
  expect(shown()).toContain('waits for you: deskclaw recover');
});
