import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Cut, cutOff, expectWhole, LONG, NEW, OLD, oldRuns } from '../support/interrupted-upgrade.ts';

/** A version that runs on a copy and spoils the real state. */
const spoiler = `if (!state.includes('trial')) { writeFileSync(join(state, 'spoilt'), ''); process.exit(1); }`;

const back: readonly Cut[] = [
  { kind: 'upgrade', step: 'start', when: 'begun' },
  { kind: 'upgrade', step: 'stop-new', when: 'begun' },
  { kind: 'upgrade', step: 'restore', when: 'begun' },
  { kind: 'upgrade', step: 'restore', when: 'done' },
  { kind: 'upgrade', step: 'use-old', when: 'begun' },
  { kind: 'upgrade', step: 'start-old', when: 'begun' },
  { kind: 'upgrade', step: 'start-old', when: 'done' },
];

describe('an upgrade that is killed', () => {
  it('start completes a rollback killed on the way back, on the state of the old version', LONG, async () => {
    const home = await oldRuns({ [OLD]: {}, [NEW]: { beforeGateway: spoiler } });
    for (const cut of back) {
      for (const power of [false, true]) {
        const where = `${cut.step} ${cut.when}${power ? ', all killed' : ''}`;
        await cutOff(home, cut, power ? 'all' : 'itself');
        const next = await home.run('start', ...(power ? ['--port', '0'] : []));
        expect(next.code, `${where}: ${next.stderr}`).toBe(0);
        expect(next.stderr, where).toMatch(/was interrupted while starting it\. 2026\.5\.28 (runs|is chosen) again/);
        await expectWhole(home, OLD, where);
        expect(existsSync(join(home.folder, '.openclaw', 'spoilt')), where).toBe(false);
      }
    }
  });
});

describe('a rollback that is killed', () => {
  it('rollback finishes an interrupted rollback and goes back no further', LONG, async () => {
    const home = await oldRuns({ [OLD]: {}, [NEW]: {} });
    await home.document('openclaw', 'upgrade', NEW);
    await cutOff(home, { kind: 'rollback', step: 'restore', when: 'done' }, 'all');
    const next = await home.run('openclaw', 'rollback');
    expect(next.code, next.stderr).toBe(0);
    // No host: nothing runs, whatever ran before.
    expect(next.stderr).toContain(`It was finished: the next start runs ${OLD}.`);
    expect(next.stdout).toContain(OLD);
    await home.document('start', '--port', '0');
    await expectWhole(home, OLD, 'finished by a rollback');
  });

  it('start finishes an interrupted rollback', LONG, async () => {
    const home = await oldRuns({ [OLD]: {}, [NEW]: {} });
    for (const step of ['stop-new', 'restore', 'use-old', 'start-old']) {
      for (const when of ['begun', 'done'] as const) {
        const where = `${step} ${when}`;
        await home.document('openclaw', 'upgrade', NEW);
        await cutOff(home, { kind: 'rollback', step, when });
        const next = await home.run('start');
        expect(next.code, `${where}: ${next.stderr}`).toBe(0);
        expect(next.stderr, where).toContain(`The rollback from ${NEW} to ${OLD} was interrupted`);
        expect(next.stderr, where).toContain(`It was finished: ${OLD} runs.`);
        await expectWhole(home, OLD, where);
        expect(await home.run('openclaw', 'rollback'), where).toMatchObject({ code: 1 });
        const made = readdirSync(home.folder).find((name) => name.startsWith('.openclaw.of-'));
        rmSync(join(home.folder, made ?? 'nothing-aside'), { recursive: true });
      }
    }
  });
});
