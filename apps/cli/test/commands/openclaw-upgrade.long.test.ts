import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { processesOf } from '../support/deskclaw.ts';
import { bareMachine } from '../support/registry.ts';
import { expectNoTrial, openedBy, running } from '../support/upgraded-home.ts';

const LONG = { timeout: 120_000 };

describe('openclaw upgrade', () => {
  it('goes back by itself where the new version runs on a copy and not on the real state', LONG, async () => {
    const beforeGateway = `if (!state.includes('trial')) { writeFileSync(join(state, 'spoilt'), ''); console.error('the real one is too real'); process.exit(1); }`;
    const { home } = await bareMachine({ '2026.5.28': {}, '2026.9.6': { beforeGateway } });
    await home.document('openclaw', 'install', '2026.5.28');
    await home.document('start', '--port', '0');
    const { code, stderr } = await home.run('openclaw', 'upgrade', '2026.9.6');
    expect(code).toBe(1);
    expect(stderr).toContain('Upgrading OpenClaw: trying 2026.9.6 on a copy of the state');
    expect(stderr).toContain('starting it');
    expect(stderr).toContain('the real one is too real');
    expect(stderr).toMatch(/2026\.5\.28 runs again\s+with\s+its\s+own\s+state\./);
    expect((await running(home)).version).toBe('2026.5.28');
    expect(openedBy(home)).toEqual(['2026.5.28', '2026.5.28']);
    expect(existsSync(join(home.folder, '.openclaw', 'spoilt'))).toBe(false);
    const aside = readdirSync(home.folder).find((name) => name.startsWith('.openclaw.of-2026.9.6-'));
    expect(readdirSync(join(home.folder, aside ?? 'nothing-aside'))).toContain('spoilt');
    const { versions } = await home.document('openclaw', 'list');
    expect(versions).toMatchObject([
      { version: '2026.9.6', inUse: false, running: false },
      { version: '2026.5.28', inUse: true, running: true },
    ]);
    expectNoTrial(home, 2);
  });

  it('upgrade without a running gateway still tries the version and starts nothing', LONG, async () => {
    const { home } = await bareMachine({ '2026.5.28': {}, '2026.9.6': {} });
    await home.document('openclaw', 'install', '2026.5.28');
    const upgraded = await home.document('openclaw', 'upgrade', '2026.9.6');
    expect(upgraded).toMatchObject({ outcome: 'upgraded', running: false });
    expect(processesOf(home.folder)).toEqual([]);
    await home.document('start', '--port', '0');
    expect(openedBy(home)).toEqual(['2026.9.6']);
  });

  it('rollback reports a missing state copy and stops nothing', LONG, async () => {
    const { home } = await bareMachine({ '2026.5.28': {}, '2026.9.6': {} });
    await home.document('openclaw', 'install', '2026.5.28');
    await home.document('start', '--port', '0');
    const { backup } = await home.document('openclaw', 'upgrade', '2026.9.6');
    if (typeof backup !== 'string') throw new Error('no backup');
    rmSync(backup, { recursive: true });
    const before = await running(home);
    const refused = await home.run('openclaw', 'rollback');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('is no longer in');
    expect(refused.stderr).toContain('deskclaw openclaw rollback --keep-state');
    expect(await running(home)).toEqual(before);
    expect(await home.document('openclaw', 'rollback', '--keep-state')).toMatchObject({ to: '2026.5.28' });
    expect(openedBy(home)).toEqual(['2026.5.28', '2026.9.6', '2026.5.28']);
  });

  it('upgrade killed during its trial leaves the gateway running, and the next one cleans up', LONG, async () => {
    const { home } = await bareMachine({ '2026.5.28': {}, '2026.9.6': {} });
    await home.document('openclaw', 'install', '2026.5.28');
    await home.document('openclaw', 'install', '2026.9.6');
    await home.document('start', '--port', '0');
    const before = await running(home);
    const upgrade = home.start(['openclaw', 'upgrade', '2026.9.6']);
    await upgrade.line('stderr', (line) => line.includes('trying 2026.9.6'));
    upgrade.child.kill('SIGKILL');
    await upgrade.ended;
    expect(await running(home)).toEqual(before);
    expect(await home.document('openclaw', 'upgrade', '2026.9.6')).toMatchObject({ outcome: 'upgraded' });
    expect((await running(home)).version).toBe('2026.9.6');
    expectNoTrial(home, 2);
  });

  it('asked for twice at once is done once, and the way back leads to the old one on its own state', LONG, async () => {
    const { home } = await bareMachine({ '2026.5.28': {}, '2026.9.6': {} });
    await home.document('openclaw', 'install', '2026.5.28');
    await home.document('openclaw', 'install', '2026.9.6');
    await home.document('start', '--port', '0');
    const first = home.start(['openclaw', 'upgrade', '2026.9.6']);
    await first.line('stderr', (line) => line.includes('trying 2026.9.6'));
    const second = await home.document('openclaw', 'upgrade', '2026.9.6');
    expect(await first.ended).toMatchObject({ code: 0 });
    expect(second).toMatchObject({ outcome: 'already-there' });
    expect(openedBy(home)).toEqual(['2026.5.28', '2026.9.6']);
    expect(await home.document('openclaw', 'rollback')).toMatchObject({ to: '2026.5.28', running: true });
    expect(openedBy(home)).toEqual(['2026.5.28', '2026.5.28']);
  });
});
