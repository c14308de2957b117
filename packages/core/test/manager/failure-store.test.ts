import { describeProblem, type LastFailure, type Problem } from '@deskclaw/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FailureMemory, type FailureStore } from '../../src/manager/failure-store.ts';
import { targetFromOptions } from '../../src/manager/target.ts';
import { ManagerWorld } from './manager-world.ts';

const problem = (detail: string, at = 1): Problem => describeProblem('internal', { detail }, at);

/** A store in memory that outlives a manager, as a file does. */
class TestStore implements FailureStore {
  stored: LastFailure | undefined;
  readonly load = () => this.stored;
  readonly save = (failed: Problem): LastFailure => {
    this.stored = { problem: failed, at: failed.at, command: 'deskclaw start' };
    return this.stored;
  };
  readonly clear = () => {
    this.stored = undefined;
  };
}

describe('FailureMemory', () => {
  const starting = { state: 'starting' };
  const running = { state: 'running' };
  const error = (failed: Problem) => ({ state: 'error', problem: failed });

  test('an error is remembered until the gateway runs', () => {
    const memory = new FailureMemory(new TestStore());
    memory.observe(starting, error(problem('one')));
    expect(memory.last).toMatchObject({ problem: { detail: 'one' }, at: 1 });
    memory.observe({ state: 'error' }, { state: 'stopped' });
    memory.observe({ state: 'stopped' }, starting);
    expect(memory.last).toMatchObject({ problem: { detail: 'one' } });
    memory.observe(starting, running);
    expect(memory.last).toBeUndefined();
  });

  test('the same refusal of a repeated attempt keeps the time of the first one, and a new start does not', () => {
    const memory = new FailureMemory(new TestStore());
    memory.observe(starting, error(problem('same', 1)));
    memory.observe({ state: 'error' }, error(problem('same', 2)));
    expect(memory.last?.at).toBe(1);
    memory.observe(starting, error(problem('same', 3)));
    expect(memory.last?.at).toBe(3);
  });

  test('a start that was taken back is no failure', () => {
    const memory = new FailureMemory(new TestStore());
    memory.note(describeProblem('aborted', { detail: 'It was stopped before it was running.' }, 1));
    expect(memory.last).toBeUndefined();
  });

  test('the newest failure since the gateway ran last is shown, and the store always holds what is shown', () => {
    const step = fc.constantFrom('starting', 'running', 'stopped', 'error', 'reconnecting');
    fc.assert(
      fc.property(fc.array(step), (states) => {
        const store = new TestStore();
        const memory = new FailureMemory(store);
        let from = 'stopped';
        let expected: number | undefined;
        states.forEach((state, at) => {
          if (state === 'error') {
            memory.observe({ state: from }, error(problem(String(at), at)));
            expected = at;
          } else {
            memory.observe({ state: from }, { state });
            if (state === 'running' && from !== 'running') expected = undefined;
          }
          from = state;
          expect(memory.last?.at).toBe(expected);
          expect(store.stored).toEqual(memory.last);
        });
      }),
    );
  });
});

describe('the last failure in the status of a manager', () => {
  test('a start that fails leaves its problem in the status, also after a stop and in the next manager', async () => {
    const failures = new TestStore();
    const world = new ManagerWorld({
      prepare: () => Promise.resolve({ ok: false, problem: problem('no program') }),
      failures,
    });
    expect(await world.failure(world.manager.start())).toMatchObject({ problem: { detail: 'no program' } });
    expect(world.manager.getStatus()).toMatchObject({
      state: 'error',
      lastFailure: { problem: { detail: 'no program' } },
    });
    await world.settle(world.manager.stop());
    expect(world.manager.getStatus()).toMatchObject({ state: 'stopped', lastFailure: { command: 'deskclaw start' } });
    const next = new ManagerWorld({ failures });
    expect(next.manager.getStatus()).toMatchObject({
      state: 'stopped',
      lastFailure: { problem: { detail: 'no program' } },
    });
  });

  test('a gateway that runs again replaces the failure before it', async () => {
    const failures = new TestStore();
    failures.save(problem('earlier'));
    const world = await ManagerWorld.running({ failures });
    expect(world.manager.getStatus()).not.toHaveProperty('lastFailure');
    expect(failures.stored).toBeUndefined();
  });

  test('a restart that cannot be planned is remembered although the gateway keeps running', async () => {
    let isBroken = false;
    const target = targetFromOptions({ command: ['/opt/gateway'], mode: 'supervise', dialect: 'jsonrpc' });
    const world = new ManagerWorld({
      prepare: async () => (isBroken ? { ok: false, problem: problem('bad settings') } : { ok: true, target }),
    });
    await world.settle(world.manager.start());
    isBroken = true;
    await world.failure(world.manager.restart());
    expect(world.manager.getStatus()).toMatchObject({
      state: 'running',
      lastFailure: { problem: { detail: 'bad settings' } },
    });
  });
});
