import { describe, expect, test } from 'vitest';
import { runningWorld, World, watch } from './world.ts';

describe('a store that fails', () => {
  test.each([
    ['load', 'read'],
    ['save', 'written'],
    ['clear', 'removed'],
  ] as const)('a failed %s of the ownership record is logged, and the gateway runs and stops', async (call, done) => {
    const world = new World();
    Object.assign(world.host.records, { [call]: () => Promise.reject(new Error('EIO')) });
    const up = watch(world.up());
    await world.clock.advance(200);
    expect(up.value).toMatchObject({ outcome: 'running' });
    const down = watch(world.down());
    await world.clock.advance(200);
    expect(down.value?.outcome).toBe('idle');
    expect(world.logged).toEqual([`warn The ownership record could not be ${done}: EIO`]);
  });

  test('a failure without an error object is logged as well', async () => {
    const world = new World();
    world.host.records.load = () => Promise.reject('the disk is gone');
    expect(await world.supervisor.findOwned()).toBeUndefined();
    expect(world.logged).toEqual(['warn The ownership record could not be read: the disk is gone']);
  });

  test('an ownership record that cannot be read is logged and ignored', async () => {
    const world = new World();
    world.machine.setRecord('not a record');
    expect(await world.supervisor.findOwned()).toBeUndefined();
    expect(world.logged).toEqual(['warn The ownership record cannot be read; it is ignored.']);
  });

  test('no record at all is nothing to log', async () => {
    const world = new World();
    expect(await world.supervisor.findOwned()).toBeUndefined();
    expect(world.logged).toEqual([]);
  });

  test('without a store a gateway starts and stops, and nothing is logged', async () => {
    const world = await runningWorld({ withoutRecords: true });
    await world.clock.advance(5_000);
    expect(world.timers).toBe(0);
    const down = watch(world.down());
    await world.clock.advance(200);
    expect([down.value?.outcome, world.logged, world.machine.record]).toEqual(['idle', [], undefined]);
  });

  test('a failed write is tried again after a second, with the newest contents', async () => {
    const world = new World();
    const { save } = world.host.records;
    const texts: string[] = [];
    world.host.records.save = (text) => {
      texts.push(text);
      return Promise.reject(new Error('ENOSPC'));
    };
    void world.up();
    await world.clock.advance(900);
    expect(texts).toHaveLength(2);
    world.host.records.save = save;
    await world.clock.advance(200);
    expect(JSON.parse(world.machine.record ?? '')).toMatchObject({ child: world.supervisor.child });
    expect(world.timers).toBe(0);
  });

  test('the removal of a record comes after a slow write of it', async () => {
    const world = new World();
    world.machine.disk = { delayMs: 300, fails: false };
    void world.up();
    await world.clock.advance(650);
    const down = watch(world.down());
    await world.clock.advance(3_000);
    expect([down.value?.outcome, world.machine.record]).toEqual(['idle', undefined]);
  });
});

describe('findOwned', () => {
  test('findOwned returns the living gateway of a dead host only', async () => {
    const world = await runningWorld();
    const { child } = world.supervisor;
    expect(await world.supervisor.findOwned()).toMatchObject({ child });
    world.replaceHost();
    expect(await world.supervisor.findOwned()).toMatchObject({ child });
    world.machine.end(child?.pid ?? 0, 1, null);
    expect(await world.supervisor.findOwned()).toBeUndefined();
  });
});
