import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { browserClock, browserRandom } from '../../src/ports/browser/browser-clock.ts';
import { nodeClock, nodeRandom } from '../../src/ports/node/node-clock.ts';

describe.each([
  ['node', nodeClock],
  ['browser', browserClock],
])('the %s clock', (_, clock) => {
  test('runs what is due, in order, and not before its time', async () => {
    const began = clock.now();
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      clock.schedule(
        20,
        () => {
          order.push('later');
          resolve();
        },
        { keepAlive: true },
      );
      clock.schedule(5, () => order.push('sooner'), { keepAlive: true });
      clock.schedule(1, () => order.push('cancelled'), { keepAlive: true })();
    });
    expect(order).toEqual(['sooner', 'later']);
    // Timers have whole milliseconds, so one may fire up to 1 ms early.
    expect(clock.now() - began).toBeGreaterThanOrEqual(19);
  });

  test('takes waits longer than a timer can, instead of firing at once', async () => {
    let fired = false;
    const cancel = clock.schedule(2 ** 40, () => {
      fired = true;
    });
    await new Promise<void>((resolve) => void clock.schedule(10, resolve, { keepAlive: true }));
    cancel();
    expect(fired).toBe(false);
  });

  test('tells the time of day', () => {
    expect(Math.abs(clock.wallTime() - Date.now())).toBeLessThan(1_000);
  });
});

test('a timer of Node holds the process open only where it is asked to', async () => {
  const source = new URL('../../src/ports/node/node-clock.ts', import.meta.url).href;
  const program = (options: string) =>
    `const { nodeClock } = await import(${JSON.stringify(source)}); nodeClock.schedule(300, () => console.log('fired')${options});`;
  const run = async (options: string) => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program(options)]);
    return stdout.trim();
  };
  expect(await run('')).toBe('');
  expect(await run(', { keepAlive: true }')).toBe('fired');
});

test.each([
  ['node', nodeRandom],
  ['browser', browserRandom],
])('%s randomness is in range, and its identifiers are of version 4 and differ', (_, random) => {
  const numbers = Array.from({ length: 1_000 }, () => random.next());
  expect(numbers.every((n) => n >= 0 && n < 1)).toBe(true);
  expect(new Set(numbers).size).toBeGreaterThan(900);
  const [a, b] = [random.uuid(), random.uuid()];
  expect(a).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  expect(a).not.toBe(b);
});
