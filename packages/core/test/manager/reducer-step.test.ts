import { decodeStepValue, encodeStepValue } from '@deskclaw/protocol';
import { describe, expect, test } from 'vitest';
import { outcomeOf, type ReducerStep, repeatStep } from '../../src/manager/reducer-step.ts';
import { ManagerWorld } from './manager-world.ts';

/** Runs a gateway that crashes once, on a simulated machine. Returns its steps. */
async function recordCrash(): Promise<readonly ReducerStep[]> {
  const steps: ReducerStep[] = [];
  const world = await ManagerWorld.running({ recordStep: (step) => steps.push(step) });
  const [main] = world.machine.mains;
  if (main !== undefined) world.machine.end(main.pid, null, 'SIGSEGV');
  await world.clock.advance(10_000);
  expect(world.manager.getStatus().state).toBe('running');
  await world.settle(world.manager.stop());
  return steps;
}

const stateNames = (steps: readonly ReducerStep[], reducer: ReducerStep['reducer']): readonly string[] =>
  steps.filter((step) => step.reducer === reducer).map((step) => outcomeOf(step).state.split(/[ ,]/)[0] ?? '');

describe('the recorded steps of a manager', () => {
  test('they tell the whole of a crash, and each begins where the one before ended', async () => {
    const steps = await recordCrash();
    expect(new Set(stateNames(steps, 'supervisor'))).toEqual(
      new Set(['preflight', 'spawning', 'booting', 'running', 'terminating', 'idle']),
    );
    expect(stateNames(steps, 'connection')).toContain('ready');
    for (const reducer of ['supervisor', 'connection']) {
      const of = steps.filter((step) => step.reducer === reducer);
      for (const [index, step] of of.entries()) if (index > 0) expect(step.before).toBe(of[index - 1]?.after);
    }
  });

  test('written as JSON and read again, each repeats with the same outcome', async () => {
    for (const step of await recordCrash()) {
      const { after: _after, effects: _effects, ...context } = step;
      const read: unknown = decodeStepValue(JSON.parse(JSON.stringify(encodeStepValue(context))));
      expect(outcomeOf(repeatStep(read as ReducerStep))).toEqual(outcomeOf(step));
    }
  });
});
