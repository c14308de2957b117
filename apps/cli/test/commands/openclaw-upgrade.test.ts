import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isAlive, parseDocument } from '../support/deskclaw.ts';
import { bareMachine } from '../support/registry.ts';
import { expectNoTrial, openedBy, running } from '../support/upgraded-home.ts';

const LONG = { timeout: 120_000 };

describe('openclaw upgrade', () => {
  it('moves a running gateway to a version that ran on a copy of its state, and back', LONG, async () => {
    const { home } = await bareMachine({ '2026.5.28': {}, '2026.9.6': {} });
    await home.document('openclaw', 'install', '2026.5.28');
    await home.document('start', '--port', '0');
    const before = await running(home);
    const upgraded = await home.document('openclaw', 'upgrade');
    expect(upgraded).toMatchObject({ outcome: 'upgraded', from: '2026.5.28', to: '2026.9.6', running: true });
    const after = await running(home);
    expect(after.version).toBe('2026.9.6');
    expect(isAlive(before.pid)).toBe(false);
    expect(openedBy(home)).toEqual(['2026.5.28', '2026.9.6']);
    const { backup } = upgraded;
    if (typeof backup !== 'string') throw new Error('no backup');
    expect(readFileSync(join(backup, 'state', 'opened-by'), 'utf8')).toBe('2026.5.28\n');
    expectNoTrial(home, 2);

    expect(await home.document('openclaw', 'upgrade')).toMatchObject({ outcome: 'already-there' });

    const back = await home.document('openclaw', 'rollback');
    expect(back).toMatchObject({ from: '2026.9.6', to: '2026.5.28', running: true });
    expect((await running(home)).version).toBe('2026.5.28');
    expect(openedBy(home)).toEqual(['2026.5.28', '2026.5.28']);
    const { aside: quarantine } = back;
    if (typeof quarantine !== 'string') throw new Error('nothing in quarantine');
    expect(readFileSync(join(quarantine, 'opened-by'), 'utf8')).toBe('2026.5.28\n2026.9.6\n');
    expect(await home.run('openclaw', 'rollback')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('(openclaw.no-previous)'),
    });
  });

  it('leaves a running gateway alone where the new version does not even run on a copy', LONG, async () => {
    const beforeGateway = `console.error('cannot read this state'); process.exit(1);`;
    const { home } = await bareMachine({ '2026.5.28': {}, '2026.9.6': { beforeGateway } });
    await home.document('openclaw', 'install', '2026.5.28');
    await home.document('start', '--port', '0');
    const before = await running(home);
    const { code, stderr } = await home.run('openclaw', 'upgrade', '--json');
    expect(code).toBe(1);
    const { error } = parseDocument(stderr);
    expect(error).toMatchObject({ code: 'openclaw.upgrade-failed' });
    const { detail } = error as { detail: string };
    expect(detail).toContain('trying it on a copy of the state');
    // X4: the program's own words stand in the sentence of its end.
    expect(detail).toContain('(exit code 1): cannot read this state');
    expect(detail).toContain('2026.5.28 keeps running unchanged.');
    expect(await running(home)).toEqual(before);
    expect(openedBy(home)).toEqual(['2026.5.28']);
    expectNoTrial(home, 2);
  });
});
