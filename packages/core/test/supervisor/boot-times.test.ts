import { describe, expect, test } from 'vitest';
import type { RecordStore } from '../../src/ports/files.ts';
import { silentLogger } from '../../src/ports/logger.ts';
import { BootTimes, medianBootMs, readBootTimes } from '../../src/supervisor/boot-times.ts';
import type { LaunchPlan } from '../../src/supervisor/launch-plan.ts';

const plan: LaunchPlan = { command: ['a', '{port}'], host: '127.0.0.1', port: 1, lifeline: false };
const other: LaunchPlan = { ...plan, command: ['b'] };

/** A store whose file is seen; `saved` resolves when the next text is kept. */
function shelf(initial?: string): RecordStore & { text: string | undefined } {
  const store = {
    text: initial,
    load: () => Promise.resolve(store.text),
    save: (text: string) => {
      store.text = text;
      return Promise.resolve();
    },
    clear: () => Promise.resolve(),
  };
  return store;
}

describe('boot times', () => {
  test.each([
    [[], undefined],
    [[7], 7],
    [[9, 1], 1],
    [[9, 1, 5], 5],
    [[200, 210, 190, 60_000], 200],
  ])('the median of the boot times %j is %s', (times, usual) => expect(medianBootMs(times)).toBe(usual));

  test('boot times are kept by command, whatever the port', () => {
    const times = new BootTimes(undefined, silentLogger);
    times.add(plan, 10.4);
    times.add(other, 7_000);
    expect(times.of({ ...plan, port: 2 })).toEqual([10]);
    expect(times.of(other)).toEqual([7_000]);
  });

  test('ten boot times a command are kept, fifty in all', () => {
    const times = new BootTimes(undefined, silentLogger);
    for (let ms = 0; ms < 15; ms += 1) times.add(plan, ms);
    expect(times.of(plan)).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
    for (let index = 0; index < 50; index += 1) times.add({ ...plan, command: [String(index)] }, 1);
    expect(times.of(plan)).toEqual([]);
  });

  test('outlive the one who noted them', async () => {
    const store = shelf();
    const first = new BootTimes(store, silentLogger);
    await first.load();
    first.add(plan, 300);
    await expect.poll(() => store.text).toBeDefined();
    const next = new BootTimes(store, silentLogger);
    next.add(plan, 500);
    await next.load();
    expect(next.of(plan)).toEqual([300, 500]);
  });

  test.each(['', 'null', '{}', '[{"of":"a"'])('a store that reads %j holds no boot times', (text) =>
    expect(readBootTimes(text)).toEqual([]),
  );

  test.each([
    'null',
    '5',
    '"a"',
    '[]',
    '{}',
    '{"of":1,"ms":1}',
    '{"of":"a"}',
    '{"of":"a","ms":"1"}',
    '{"of":"a","ms":-1}',
  ])('a stored boot time that reads %s is ignored, and its neighbours are kept', (entry) => {
    expect(readBootTimes(`[{"of":"a","ms":0},${entry},{"of":"b","ms":7}]`)).toEqual([
      { of: 'a', ms: 0 },
      { of: 'b', ms: 7 },
    ]);
  });

  test('fifty stored boot times are read, the newest', () => {
    const stored = Array.from({ length: 60 }, (_, ms) => ({ of: 'a', ms }));
    expect(readBootTimes(JSON.stringify(stored))).toEqual(stored.slice(10));
  });

  test('boot times that an earlier version stored are found by their command and folder', async () => {
    const stored = [
      { of: '29045d55', ms: 300 },
      { of: '0', ms: 400 },
    ];
    const times = new BootTimes(shelf(JSON.stringify(stored)), silentLogger);
    await times.load();
    expect(times.of(plan)).toEqual([300]);
    expect(times.of({ ...plan, cwd: '/elsewhere' })).toEqual([]);
  });

  test('boot times are loaded once', async () => {
    const store = shelf();
    const times = new BootTimes(store, silentLogger);
    await times.load();
    times.add(plan, 300);
    await expect.poll(() => store.text).toBeDefined();
    await times.load();
    expect(times.of(plan)).toEqual([300]);
  });

  test('boot times without a store are kept in memory, and nothing is logged', async () => {
    const reported: string[] = [];
    const times = new BootTimes(undefined, { log: (_level, text) => reported.push(text) });
    await times.load();
    times.add(plan, 5);
    await times.load();
    expect([times.of(plan), reported]).toEqual([[5], []]);
  });

  test('boot times that cannot be stored are logged and kept in memory', async () => {
    const reported: string[] = [];
    const broken: RecordStore = {
      load: () => Promise.reject(new Error('EIO')),
      save: () => Promise.reject(new Error('ENOSPC')),
      clear: () => Promise.resolve(),
    };
    const times = new BootTimes(broken, { log: (level, text) => reported.push(`${level} ${text}`) });
    await times.load();
    times.add(plan, 5);
    await expect.poll(() => reported).toHaveLength(2);
    expect(reported).toEqual([
      'warn How long starts took could not be read: EIO',
      'warn How long starts took could not be written: ENOSPC',
    ]);
    expect(times.of(plan)).toEqual([5]);
  });
});
