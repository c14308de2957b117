import { expect, test } from 'vitest';
import { SleepDetector } from '../../src/ports/sleep-detector.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';

function setUp() {
  const clock = new SimulatedClock();
  const heard: string[] = [];
  const watch = new SleepDetector(clock, () => heard.push(`stood still, ${String(clock.now())}`));
  watch.schedule(1_000, () => heard.push(`timer, ${String(clock.now())}`));
  return { clock, watch, heard };
}

test('a timer in time tells nothing', async () => {
  const { clock, heard } = setUp();
  await clock.advance(10_000);
  expect(heard).toEqual(['timer, 1000']);
});

test('a timer that comes far too late tells before it runs', async () => {
  const { clock, heard } = setUp();
  clock.sleep(3_500, 'counted');
  await clock.advance(0);
  expect(heard).toEqual(['stood still, 3500', 'timer, 3500']);
});

test('a little lateness is only a busy machine', async () => {
  const { clock, heard } = setUp();
  clock.sleep(3_000, 'counted');
  await clock.advance(0);
  expect(heard).toEqual(['timer, 3000']);
});

test('a wall clock that ran ahead tells at the next timer, and once', async () => {
  const { clock, watch, heard } = setUp();
  clock.sleep(3_600_000, 'stopped');
  await clock.advance(1_000);
  watch.schedule(1_000, () => heard.push('second timer'));
  await clock.advance(1_000);
  expect(heard).toEqual(['stood still, 1000', 'timer, 1000', 'second timer']);
});

test('what was told by someone else is not told again', async () => {
  const { clock, watch, heard } = setUp();
  clock.sleep(3_600_000, 'stopped');
  watch.acknowledge();
  await clock.advance(1_000);
  expect(heard).toEqual(['timer, 1000']);
});

test('a cancelled timer never runs', async () => {
  const { clock, watch, heard } = setUp();
  watch.schedule(10, () => heard.push('cancelled'))();
  await clock.advance(1_000);
  expect(heard).toEqual(['timer, 1000']);
});
