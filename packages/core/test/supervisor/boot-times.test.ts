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

  test.each(['', 'null', '{}', '[{"of":1}]', '[{"of":"a","ms":-1}]', '[{"of":"a"'])(
    'stored boot times that read %j are ignored',
    (text) => expect(readBootTimes(text)).toEqual([]),
  );

  test('boot times that cannot be stored are logged and kept in memory', async () => {
    const reported: string[] = [];
    const broken: RecordStore = {
      load: () => Promise.reject(new Error('EIO')),
      save: () => Promise.reject(new Error('ENOSPC')),
      clear: () => Promise.resolve(),
    };
    const times = new BootTimes(broken, { log: (_level, text) => reported.push(text) });
    await times.load();
    times.add(plan, 5);
    await expect.poll(() => reported).toHaveLength(2);
    expect(reported.join()).toMatch(/read: EIO.*written: ENOSPC/);
    expect(times.of(plan)).toEqual([5]);
  });
});
