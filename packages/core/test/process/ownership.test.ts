import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  commandHash,
  isStoredIn,
  markerEnvironment,
  markerOf,
  nonceOf,
  type OwnershipRecord,
  readRecord,
  recognise,
  sameProcess,
  writeRecord,
} from '../../src/process/ownership.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { SimulatedProcesses } from '../../src/testing/simulated-processes.ts';
import type { SimulatedProgram } from '../../src/testing/simulated-program.ts';

const record: OwnershipRecord = {
  version: 1,
  nonce: 'nonce-1',
  child: { pid: 42, startMark: '7@boot' },
  host: '127.0.0.1',
  port: 18_789,
  commandHash: 'abc',
  owner: { pid: 1, startMark: '1@boot' },
  supervisor: 's1',
  at: 1_700_000_000_000,
};

describe('a record', () => {
  test('an ownership record is read as it was written', () => {
    expect(readRecord(writeRecord(record))).toEqual(record);
    const { child, ...early } = record;
    expect(child).toBeDefined();
    expect(readRecord(writeRecord(early))).toEqual(early);
  });

  test('a handed-over record is written as `handedOver`, and read as `left` too', () => {
    const handedOver = { ...record, handedOver: true } as const;
    expect(JSON.parse(writeRecord(handedOver))).toMatchObject({ handedOver: true });
    expect(readRecord(writeRecord(handedOver))).toEqual(handedOver);
    expect(readRecord(JSON.stringify({ ...record, left: true }))).toEqual(handedOver);
    expect(readRecord(JSON.stringify({ ...record, left: 'yes' }))).toBeUndefined();
  });

  test('a truncated ownership record is rejected', () => {
    const whole = writeRecord(record).trimEnd();
    for (let length = 0; length < whole.length; length += 1) expect(readRecord(whole.slice(0, length))).toBeUndefined();
  });

  test('an ownership record with a missing or wrong field is rejected', () => {
    const keys = Object.keys(record).filter((key) => key !== 'child');
    fc.assert(
      fc.property(fc.constantFrom(...keys), fc.constantFrom(undefined, null, {}, [], true), (key, value) => {
        expect(readRecord(JSON.stringify({ ...record, [key]: value }))).toBeUndefined();
      }),
    );
    expect(readRecord(JSON.stringify({ ...record, child: { pid: '42', startMark: 'x' } }))).toBeUndefined();
    for (const pid of [0, -42, 1.5, 2 ** 60])
      expect(readRecord(JSON.stringify({ ...record, child: { pid, startMark: 'x' } }))).toBeUndefined();
    expect(readRecord(JSON.stringify(record).replace(/"at":\d+/, '"at":1e999'))).toBeUndefined();
    expect(readRecord(JSON.stringify({ ...record, nonce: '' }))).toBeUndefined();
    expect(readRecord(JSON.stringify({ ...record, version: 2 }))).toBeUndefined();
  });
});

describe('the place of a record', () => {
  const at = (nonce: string) => ({ ...record, nonce });
  test.each([
    [nonceOf('id', 'a1'), 'a1', true],
    [nonceOf('id', 'a1'), 'b2', false],
    [nonceOf('id', undefined), 'b2', true],
    [nonceOf('id', 'a1'), undefined, true],
  ])('a record with the nonce %s is stored in %s: %s', (nonce, place, expected) => {
    expect(isStoredIn(at(nonce), place)).toBe(expected);
  });
});

describe('the hash of a command', () => {
  test('tells commands and folders apart, and the same from run to run', () => {
    expect(commandHash(['a', 'b'], '/')).toBe('83d47bad');
    const others = [
      commandHash(['ab'], '/'),
      commandHash(['a', 'b'], '/x'),
      commandHash(['b', 'a'], '/'),
      commandHash([], '/'),
    ];
    expect(new Set([commandHash(['a', 'b'], '/'), ...others]).size).toBe(5);
  });
});

describe('identity', () => {
  test('sameProcess compares pid and start mark, and an unknown mark matches nothing', () => {
    const child = { pid: 42, startMark: '7' };
    expect(sameProcess(child, { pid: 42, startMark: '7' })).toBe(true);
    expect(sameProcess(child, { pid: 42, startMark: '8' })).toBe(false);
    expect(sameProcess(child, { pid: 43, startMark: '7' })).toBe(false);
    expect(sameProcess(child, undefined)).toBe(false);
    expect(sameProcess({ pid: 42, startMark: '' }, { pid: 42, startMark: '' })).toBe(false);
  });
});

describe('recognising what a record speaks of', () => {
  async function spawned(program: SimulatedProgram) {
    const clock = new SimulatedClock();
    const machine = new SimulatedProcesses(clock, () => program);
    const host = machine.newHost();
    const request = { file: '/gw', args: [], env: { ...markerEnvironment('nonce-1') }, lifeline: false };
    const nothing = () => undefined;
    host.spawner.spawn(request, {
      spawned: nothing,
      failed: nothing,
      output: nothing,
      exited: nothing,
      drained: nothing,
    });
    await clock.advance(1);
    const [main] = machine.mains;
    if (main === undefined) throw new Error('nothing was spawned');
    return {
      machine,
      clock,
      main,
      table: host.processes,
      record: { ...record, child: { pid: main.pid, startMark: main.startMark } },
    };
  }

  test('a living process with its pid and mark is it', async () => {
    const { table, record: its, main } = await spawned({});
    const child = { pid: main.pid, startMark: main.startMark };
    expect(recognise(its, table)).toEqual({ kind: 'alive', child, proof: 'nonce' });
  });

  test('a process whose start mark could not be read is recognised by its marker and pid', async () => {
    const { table, record: its, machine, main } = await spawned({ children: [{ ownGroup: true }] });
    const unread = { ...its, child: { pid: main.pid, startMark: '' } };
    const child = { pid: main.pid, startMark: main.startMark };
    expect(recognise(unread, table)).toEqual({ kind: 'alive', child, proof: 'nonce' });
    machine.end(main.pid, 0, null);
    expect(recognise(unread, table)).toMatchObject({ kind: 'remains', survivors: [{ name: 'helper' }] });
  });

  test('nothing is gone', async () => {
    const { table, record: its, machine, main } = await spawned({});
    machine.end(main.pid, 0, null);
    expect(recognise(its, table)).toEqual({ kind: 'gone' });
  });

  test('another process with its pid is not it', async () => {
    const { table, record: its, machine, main } = await spawned({});
    machine.end(main.pid, 0, null);
    machine.addForeign({ pid: main.pid });
    expect(recognise(its, table)).toEqual({ kind: 'gone' });
  });

  test('helpers that outlived it are what remains, wherever they went', async () => {
    const { table, record: its, machine, main } = await spawned({ children: [{}, { ownGroup: true }] });
    machine.end(main.pid, 0, null);
    const found = recognise(its, table);
    expect(found.kind === 'remains' && found.survivors.map(({ name }) => name)).toEqual(['helper', 'helper']);
  });

  test('helpers are recognised by their marker when the pid was reused', async () => {
    const { table, record: its, machine, main } = await spawned({ children: [{ ownGroup: true }] });
    machine.end(main.pid, 0, null);
    machine.addForeign({ pid: main.pid });
    const found = recognise(its, table);
    expect(found.kind === 'remains' && found.survivors.map(({ name }) => name)).toEqual(['helper']);
  });

  test('written before its pid was known, it is found by the marker', async () => {
    const { table, record: its, main } = await spawned({ children: [{}] });
    const { child, ...early } = its;
    expect(recognise(early, table)).toEqual({ kind: 'alive', child, proof: 'nonce' });
    expect(child.pid).toBe(main.pid);
  });

  test('a living process with its pid and mark but another nonce is not recognised', async () => {
    const { table, record: its } = await spawned({});
    expect(recognise({ ...its, nonce: 'nonce-2' }, table)).toEqual({ kind: 'gone' });
  });

  test('a living process whose environment is not shown is recognised by pid and mark alone', async () => {
    const { table, record: its } = await spawned({});
    const found = recognise(its, { ...table, checkMarker: () => 'untold' });
    expect(found).toEqual({ kind: 'alive', child: its.child, proof: 'start-mark' });
  });

  test('the group of a dead leader counts where a member carries the marker, and not otherwise', async () => {
    const marked = { carriesMarker: true };
    const unmarked = { carriesMarker: false };
    for (const [children, survivors] of [
      [[unmarked, unmarked], 0],
      [[marked, unmarked], 2],
    ] as const) {
      const { table, record: its, machine, main } = await spawned({ children });
      machine.end(main.pid, 0, null);
      const found = recognise(its, table);
      expect(found.kind === 'remains' ? found.survivors.length : 0).toBe(survivors);
    }
  });

  test('processes of another launch are not recognised', async () => {
    const { table } = await spawned({});
    expect(recognise({ ...record, nonce: 'nonce-2' }, table)).toEqual({ kind: 'gone' });
    expect(markerOf('a')).not.toBe(markerOf('b'));
  });
});
