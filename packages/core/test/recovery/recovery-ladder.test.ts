import { type RecoveryStep, recoverySteps } from '@deskclaw/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readStoredLadder } from '../../src/recovery/recovery-ladder.ts';
import { RecoveryWorld } from './recovery-world.ts';

describe('a running gateway that begins to break', () => {
  it.each(recoverySteps.map((step) => [step]))('is cured by the step "%s", which then proves itself', async (step) => {
    const world = await RecoveryWorld.running();
    world.faults.add(step);
    world.world.crash();
    expect(await world.until('trial')).toBe(true);
    expect(world.taken).toEqual([step]);
    expect(await world.until('resting')).toBe(true);
    expect(world.status.state).toBe('running');
    expect(world.ladder.status).toMatchObject({ state: 'recovered', message: `The ${step} was cured.` });
    expect(world.reports.at(-1)).toMatchObject({ what: 'proven' });
  });

  it('faults that need every step are cured by all of them, each taken once, mildest first', async () => {
    const world = await RecoveryWorld.running();
    for (const step of recoverySteps) world.faults.add(step);
    world.world.crash();
    await world.world.clock.advance(600_000);
    expect(world.taken).toEqual(recoverySteps);
    expect([world.status.state, world.ladder.state.name]).toEqual(['running', 'resting']);
  });

  it('a version on trial is left after the second break', async () => {
    const world = new RecoveryWorld();
    world.changed = ['version'];
    await world.world.settle(world.world.manager.start());
    world.world.crash();
    await world.world.clock.advance(2_000);
    expect([world.taken, world.status.state]).toEqual([[], 'running']);
    world.faults.add('version');
    world.world.crash();
    await world.until('resting');
    expect(world.taken).toEqual(['version']);
    expect(world.status.state).toBe('running');
  });

  it('is stopped by the user in the middle of a step, and stays stopped', async () => {
    const world = await RecoveryWorld.running();
    for (const step of recoverySteps) world.faults.add(step);
    world.world.crash();
    await world.until('stepping');
    world.ladder.noteUser('down');
    await world.world.settle(world.world.manager.stop());
    await world.world.clock.advance(600_000);
    expect(world.status.state).toBe('stopped');
    expect(world.ladder.state.name).toBe('resting');
  });

  it('keeps a start that follows a stop waiting until the step that was under way is over', async () => {
    const world = await RecoveryWorld.running();
    world.faults.add('configuration');
    world.world.crash();
    await world.until('stepping');
    world.ladder.noteUser('down');
    let isSettled = false;
    void world.ladder.settled().then(() => {
      isSettled = true;
    });
    await world.world.clock.advance(world.stepMs / 2);
    expect(isSettled).toBe(false);
    await world.world.clock.advance(world.stepMs);
    expect(isSettled).toBe(true);
  });

  it('ends for a cause outside of it as often as it likes: no step is taken', async () => {
    const world = new RecoveryWorld();
    world.changed = ['version'];
    world.isForeign = true;
    await world.world.settle(world.world.manager.start());
    for (let exits = 0; exits < 3; exits += 1) {
      world.world.crash();
      await world.world.clock.advance(2_000);
    }
    expect([world.taken, world.status.state]).toEqual([[], 'running']);
  });

  it('waits for the user where consent is needed, and takes no step before', async () => {
    const world = await RecoveryWorld.running();
    world.consent = 'ask';
    world.faults.add('configuration');
    world.world.crash();
    expect(await world.until('asking')).toBe(true);
    await world.world.clock.advance(600_000);
    expect(world.taken).toEqual([]);
    expect(world.ladder.accept()).toBe(true);
    await world.until('resting');
    expect(world.taken).toEqual(['configuration']);
  });
});

describe('a host that dies', () => {
  it('during a step leaves its state to the next host, which does not take that step again', async () => {
    const world = await RecoveryWorld.running();
    world.faults.add('configuration');
    world.world.crash();
    await world.until('stepping');
    world.replaceHost();
    expect(world.ladder.state).toMatchObject({ name: 'given-up', tried: ['configuration'] });
    expect(world.ladder.status?.state).toBe('given-up');
  });

  it('leaves nothing where its record is damaged', () => {
    expect(readStoredLadder('{"state":{"name":"stepping","tried":["nonsense"]}}')).toBeUndefined();
    expect(readStoredLadder('')).toBeUndefined();
  });
});

describe('whatever happens', () => {
  const happens = fc.oneof(
    fc.record({ kind: fc.constant('fault'), step: fc.constantFrom<RecoveryStep>(...recoverySteps) }),
    fc.constant({ kind: 'crash' } as const),
    fc.constant({ kind: 'start' } as const),
    fc.constant({ kind: 'stop' } as const),
    fc.constant({ kind: 'host' } as const),
    fc.record({ kind: fc.constant('wait'), ms: fc.constantFrom(10, 1_500, 70_000) }),
  );

  it('at most one process runs, a stop is kept, and a gateway that is wanted and can run does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(happens, { maxLength: 15 }), async (list) => {
        const world = await RecoveryWorld.running();
        let wanted: 'up' | 'down' = 'up';
        for (const each of list) {
          if (each.kind === 'fault') world.faults.add(each.step);
          else if (each.kind === 'crash') world.world.crash();
          else if (each.kind === 'wait') await world.world.clock.advance(each.ms);
          else if (each.kind === 'host') {
            world.replaceHost();
            wanted = 'down';
          } else {
            wanted = each.kind === 'start' ? 'up' : 'down';
            world.ladder.noteUser(wanted);
            const { manager } = world.world;
            (wanted === 'up' ? manager.start() : manager.stop()).catch(() => undefined);
          }
          expect(world.world.machine.mains.length).toBeLessThanOrEqual(1);
          await world.world.clock.advance(1);
        }
        await world.world.clock.advance(1_200_000);
        // A fault that came back after its step was taken is left to the user.
        const hasNoStepLeft = world.reports.some(({ what }) => what === 'given-up');
        if (wanted === 'up') expect(hasNoStepLeft ? ['running', 'error'] : ['running']).toContain(world.status.state);
        else expect(world.status.state).toBe('stopped');
      }),
      { numRuns: 25 },
    );
  }, 60_000);
});
