import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeClock } from '@deskclaw/core';
import { Redactor } from '@deskclaw/core/internal';
import type { SeededRandom } from '@deskclaw/core/testing';
import { Journal } from '@deskclaw/host';
import type { JournalRecord } from '@deskclaw/protocol';
import { anyJson, anyText, list, object, oneOf } from '../grammar.ts';
import { must, type Target } from '../target.ts';

const bytes = (text: string): string => Buffer.from(text).toString('latin1');

/** Lines as the host writes them: wherever one stands whole in a file, its record is read. */
const fineLines: readonly string[] = [
  '{"at":1795450167393,"category":"process","what":"started","data":{"pid":4242}}',
  '{"at":1795450168000,"category":"connection","what":"ready","durationMs":607}',
  '{"at":1795450169000,"category":"health","what":"unresponsive","cause":"no answer for 8 s"}',
  '{"at":1795450170000,"category":"intent","what":"stop","cause":"command line"}',
  '{"at":1795450171000,"category":"process","what":"exited","cause":"code 1: ü€𐍈","durationMs":3607}',
].map(bytes);

const added: JournalRecord = { at: 1_795_450_172_000, category: 'process', what: 'added after all others' };

function anyLine(random: SeededRandom): string {
  if (random.chance(0.5)) return random.pick(fineLines);
  return bytes(
    object(random, {
      at: oneOf(random, '1795450167393', '0', '-1', '8640000000000001', '1e300', '1e999', '"0"'),
      [random.chance(0.8) ? 'category' : 'lane']: oneOf(random, '"process"', '"socket"', '"health"', '"other"'),
      what: JSON.stringify(anyText(random)),
      cause: JSON.stringify(anyText(random)),
      durationMs: oneOf(random, '0', '-1', '1e300', '1.5'),
      data: anyJson(random),
    }),
  );
}

/**
 * A journal file with any bytes is read as far as it is sound, and what is written next is neither lost nor swallowed.
 * @param folder for the file
 */
export function journalFile(folder: string): Target {
  const path = join(folder, 'journal', 'journal.ndjson');
  const open = (): Journal =>
    new Journal({
      path,
      // Its time is before that of the records, so none is too old to be shown. Timers run: a long file is read in pieces.
      clock: { ...nodeClock, wallTime: () => 0 },
      redactor: new Redactor(),
      onRecord: () => undefined,
      onError: (error) => must(false, 'the journal cannot be written', () => error.message),
    });
  return {
    name: 'journal-file',
    samples: [
      [`${fineLines.join('\n')}\n`],
      [fineLines.join('\n').slice(0, -20)],
      [`${fineLines.slice(0, 2).join('\r\n')}\n\0\0\0\0\n${fineLines.slice(2).join('\n')}\n`],
    ],
    generate: (random) => [`${list(random, 10, () => anyLine(random)).join('\n')}${random.chance(0.7) ? '\n' : ''}`],
    check: async ([text = '']) => {
      mkdirSync(join(folder, 'journal'), { recursive: true });
      writeFileSync(path, Buffer.from(text, 'latin1'));
      const journal = open();
      const { records: before } = await journal.query({});
      const fine = text.split('\n').filter((line) => fineLines.includes(line));
      const read = before.map((record) => bytes(JSON.stringify(record)));
      let from = 0;
      for (const line of fine) {
        const at = read.indexOf(line, from);
        must(at >= 0, 'a sound record is lost', () => line);
        from = at + 1;
      }
      for (const { at } of before) must(!Number.isNaN(new Date(at).getTime()), 'a record has no date', () => at);
      journal.add(added);
      await journal.flush();
      const { records: after } = await open().query({});
      must(after.at(-1)?.what === added.what, 'the next record is lost', () => after.at(-1));
      must(JSON.stringify(after.slice(0, -1)) === JSON.stringify(before), 'writing changes what was read before');
      rmSync(path);
      return before.length === 0 ? 'no record' : 'records';
    },
  };
}
