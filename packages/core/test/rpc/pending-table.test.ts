import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Call, createCall } from '../../src/rpc/call.ts';
import { startCounters } from '../../src/rpc/counters.ts';
import { defaultLimits } from '../../src/rpc/options.ts';
import { PendingTable } from '../../src/rpc/pending-table.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';

const clock = new SimulatedClock();

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

test('PendingTable behaves as a map whose ids are never issued twice', () => {
  const commands = fc.array(fc.oneof(fc.constant('add' as const), fc.nat({ max: 30 })), { maxLength: 200 });
  fc.assert(
    fc.property(commands, fc.constantFrom(1, ...edges), (steps, firstId) => {
      const maxCalls = 8;
      const table = new PendingTable(clock, startCounters(), maxCalls, firstId);
      const model = new Map<number, Call>();
      const everIssued = new Set<number>();
      for (const step of steps) {
        if (step === 'add') {
          if (model.size >= maxCalls) continue;
          const call = makeCall();
          const id = table.add(call);
          expect(everIssued.has(id)).toBe(false);
          everIssued.add(id);
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
        for (const id of everIssued) {
          expect(table.find(id)).toBe(model.get(id));
          expect(table.wasIssued(id)).toBe(true);
        }
        expect(table.wasIssued(firstId + everIssued.size * 64 + 1_000)).toBe(false);
      }
    }),
  );
});

test.each([0, -1, 0.5, Number.NaN, 2 ** 31, 2 ** 32, 2 ** 53, Number.POSITIVE_INFINITY])(
  'PendingTable finds no call under the id %s, which it never issued',
  (id) => {
    const table = new PendingTable(clock, startCounters(), 1);
    table.add(makeCall());
    expect(table.find(id)).toBeUndefined();
    expect(table.wasIssued(id)).toBe(false);
  },
);
