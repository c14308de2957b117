import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Call, createCall } from '../../src/rpc/call.ts';
import { defaultLimits } from '../../src/rpc/options.ts';
import { PendingTable } from '../../src/rpc/pending.ts';

function makeCall(): Call {
  return createCall(
    defaultLimits,
    0,
    'a',
    undefined,
    {},
    () => undefined,
    () => undefined,
  );
}

/** Where numbers change their kind: small integers, 32 bits with and without a sign, and beyond. */
const edges = [2 ** 30, 2 ** 31, 2 ** 32, 2 ** 40].map((edge) => edge - 5);

test('the table behaves as a map from ids that never come back', () => {
  const commands = fc.array(fc.oneof(fc.constant('add' as const), fc.nat({ max: 30 })), { maxLength: 200 });
  fc.assert(
    fc.property(commands, fc.constantFrom(1, ...edges), (steps, firstId) => {
      const maxCalls = 8;
      const table = new PendingTable(maxCalls, firstId);
      const model = new Map<number, Call>();
      const everGiven = new Set<number>();
      for (const step of steps) {
        if (step === 'add') {
          if (model.size >= maxCalls) continue;
          const call = makeCall();
          const id = table.add(call);
          expect(everGiven.has(id)).toBe(false);
          everGiven.add(id);
          model.set(id, call);
        } else {
          const [id, call] = [...model][step % Math.max(1, model.size)] ?? [];
          if (id === undefined || call === undefined) continue;
          table.remove(call);
          table.remove(call);
          model.delete(id);
        }
        expect(table.size).toBe(model.size);
        expect(table.calls()).toEqual([...model.values()]);
        for (const id of everGiven) {
          expect(table.find(id)).toBe(model.get(id));
          expect(table.wasIssued(id)).toBe(true);
        }
        expect(table.wasIssued(firstId + everGiven.size * 64 + 1_000)).toBe(false);
      }
    }),
  );
});

test.each([0, -1, 0.5, Number.NaN, 2 ** 31, 2 ** 32, 2 ** 53, Number.POSITIVE_INFINITY])('%s is nobody’s id', (id) => {
  const table = new PendingTable(1);
  table.add(makeCall());
  expect(table.find(id)).toBeUndefined();
  expect(table.wasIssued(id)).toBe(false);
});
