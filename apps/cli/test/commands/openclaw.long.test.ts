import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { processesOf } from '../support/deskclaw.ts';
import { bareMachine } from '../support/registry.ts';

const LONG = { timeout: 60_000 };

describe('openclaw install', () => {
  it('prints one document with --json, and leaves the choice to the user where there is one', LONG, async () => {
    const { home } = await bareMachine({ '2026.5.28': {}, '2026.9.6': {} });
    const first = await home.document('openclaw', 'install', '2026.5.28');
    expect(first).toMatchObject({ schema: 'deskclaw.openclaw-install/1', outcome: 'installed', inUse: true });
    const second = await home.document('openclaw', 'install');
    expect(second).toMatchObject({ version: '2026.9.6', outcome: 'installed', inUse: false });
    const third = await home.run('openclaw', 'install');
    expect(third.stdout).toContain('Already installed: OpenClaw 2026.9.6');
    expect(third.stderr).toContain('deskclaw openclaw use 2026.9.6');
  });

  it('shows its steps on a terminal, and takes the line away', LONG, async () => {
    const { home, registry } = await bareMachine({ '2026.9.6': {} });
    const held = registry.hold('openclaw');
    const running = home.startInTerminal(100, 'openclaw', 'install');
    await running.shown('stdout', /fetching OpenClaw 2026\.9\.6 \(\d/);
    held.release();
    const ended = await running.ended;
    expect(ended.code).toBe(0);
    // The last that is drawn over the line is the erasing of it.
    const [, after = ''] = ended.stdout.split(/\[2K(?!.*\[2K)/s);
    expect(after).toMatch(/^Installed OpenClaw 2026\.9\.6/);
  });

  it('install stopped by Ctrl-C exits with 130 and leaves nothing', LONG, async () => {
    const { home, registry } = await bareMachine({ '2026.9.6': {} });
    const held = registry.hold('openclaw');
    const running = home.start(['openclaw', 'install']);
    await held.asked;
    running.child.kill('SIGINT');
    expect(await running.ended).toMatchObject({ code: 130, stdout: '' });
    held.release();
    expect(processesOf(home.folder)).toEqual([]);
    expect(readdirSync(join(home.folder, 'data', 'drafts'))).toEqual([]);
    expect(await home.document('openclaw', 'list')).toMatchObject({ versions: [], unfinished: [] });
  });
});

describe('openclaw list and use', () => {
  it('say what is in use, what runs, and what the next start runs', LONG, async () => {
    const { home } = await bareMachine({ '2026.5.28': {}, '2026.9.6': {} });
    await home.document('openclaw', 'install', '2026.5.28');
    await home.document('openclaw', 'install', '2026.9.6');
    const marks = async () => {
      const { versions } = await home.document('openclaw', 'list');
      if (!Array.isArray(versions)) throw new Error('no versions');
      return versions.map(({ version, inUse, running }: Record<string, unknown>) => [version, inUse, running]);
    };
    expect(await marks()).toEqual([
      ['2026.9.6', false, false],
      ['2026.5.28', true, false],
    ]);
    await home.document('start', '--port', '0');
    expect(await marks()).toEqual([
      ['2026.9.6', false, false],
      ['2026.5.28', true, true],
    ]);
    const used = await home.run('openclaw', 'use', '2026.9.6');
    expect(used.stdout).toContain('The next start runs OpenClaw 2026.9.6.');
    expect(used.stderr).toContain('2026.5.28 keeps running until you run: deskclaw restart');
    expect(await home.document('openclaw', 'use', '2026.9.6')).toMatchObject({ restartNeeded: true });
    await home.document('restart');
    expect(await marks()).toEqual([
      ['2026.9.6', true, true],
      ['2026.5.28', false, false],
    ]);
    const { stdout } = await home.run('openclaw', 'list');
    expect(stdout).toMatch(/● {2}2026\.9\.6 {3}Node \S+ {2}\d+ MB {2}in use, running, known good/);
    expect(stdout).toMatch(/○ {2}2026\.5\.28 .* known good/);
    expect(stdout).toContain('No OpenClaw of your own was found.');
  });
});
