import { describe, expect, it } from 'vitest';
import { Ledger, readExecutions } from '../src/ledger.ts';

function ledgerOf(...kinds: readonly ('plain' | 'keyed' | 'idempotent')[]): Ledger {
  const ledger = new Ledger();
  for (const kind of kinds) ledger.open(kind, kind, 0);
  return ledger;
}
const done = (id: string, ...pids: readonly number[]) => pids.map((pid) => ({ id, pid }));

describe('the record of a gateway', () => {
  it('the record of a gateway is read by line, without other methods and truncated lines', () => {
    const text = [
      '{"pid":7,"method":"cron.delete","params":{"jobId":"a"}}',
      '{"pid":7,"method":"system.health"}',
      '{"pid":8,"method":"cron.delete","params":{"jobId":"b"}}',
      '{"pid":8,"meth',
    ];
    expect(readExecutions(text.join('\n'))).toEqual([
      { pid: 7, id: 'a' },
      { pid: 8, id: 'b' },
    ]);
  });
});

describe('the ledger', () => {
  it('tells what was never settled, once it should have been', () => {
    const ledger = ledgerOf('plain', 'keyed');
    ledger.settle('keyed', 'result');
    expect(ledger.lost(10, 20)).toEqual([]);
    expect(ledger.lost(21, 20)).toEqual(['plain plain was never settled']);
  });

  it('tells what was settled or answered twice', () => {
    const ledger = ledgerOf('plain');
    ledger.noteAnswer(1, 'x');
    ledger.noteAnswer(2, 'x');
    ledger.settle('plain', 'unknown');
    expect(ledger.settledTwice()).toEqual([]);
    ledger.noteAnswer(2, 'x');
    ledger.settle('plain', 'result');
    expect(ledger.settledTwice()).toEqual(['control request 2/x was answered 2 times', 'plain was settled again']);
  });

  it.each([
    ['plain', [1], false],
    ['plain', [1, 1], true],
    ['plain', [1, 2], true],
    ['keyed', [1, 2], false],
    ['keyed', [1, 2, 2], true],
    ['idempotent', [1, 1, 2], false],
  ] as const)('a %s request carried out by the processes %j counts as a double: %s', (kind, pids, double) => {
    expect(ledgerOf(kind).doubles(done(kind, ...pids))).toHaveLength(double ? 1 : 0);
  });

  it.each([
    ['result', [], true],
    ['result', [1], false],
    ['not-sent', [1], true],
    ['not-sent', [], false],
    ['unknown', [], false],
    ['unknown', [1], false],
    ['answered', [1], false],
  ] as const)('holds "%s" against what was carried out (%j): untrue %s', (settlement, pids, untrue) => {
    const ledger = ledgerOf('plain');
    ledger.settle('plain', settlement);
    expect(ledger.untruths(done('plain', ...pids))).toHaveLength(untrue ? 1 : 0);
  });
});
