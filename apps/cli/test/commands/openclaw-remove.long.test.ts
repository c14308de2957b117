import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { posingNode } from '../../../../packages/host/test/install/posing-openclaw.ts';
import { shareInstalls } from '../../../../packages/host/test/install/shared-installs.ts';
import type { Home } from '../support/deskclaw.ts';
import { bareMachine } from '../support/registry.ts';

const LONG = { timeout: 60_000 };

const placeInstalled = shareInstalls();

/** A machine with two installed versions, of which the older one is chosen. */
async function twoInstalled(): Promise<Home> {
  const { home } = await bareMachine({ '2026.5.28': {}, '2026.9.6': {} });
  await placeInstalled(join(home.folder, 'data'), '2026.5.28', '2026.9.6');
  await home.document('openclaw', 'use', '2026.5.28');
  return home;
}

describe('openclaw remove', () => {
  it('says what it freed, and takes a Node along that nothing else runs on', LONG, async () => {
    const { home, registry } = await bareMachine({
      '2026.5.28': { node: '<98' },
      '2026.9.6': { node: '98' },
      '2026.9.7': { node: '98' },
    });
    registry.publish(posingNode('98.7.0'));
    for (const version of ['2026.5.28', '2026.9.6', '2026.9.7']) await home.document('openclaw', 'install', version);
    const listed = await home.run('openclaw', 'list');
    expect(listed.stdout).toMatch(
      /Node versions installed with them: Node 98\.7\.0 \(\d+ MB\)\nTotal \d+ MB, versions in /,
    );
    expect(await home.document('openclaw', 'list')).toMatchObject({
      nodes: [{ version: '98.7.0', bytes: expect.any(Number) }],
    });
    const first = await home.document('openclaw', 'remove', '2026.9.6');
    expect(first).toEqual({
      schema: 'deskclaw.openclaw-remove/1',
      version: '2026.9.6',
      freedBytes: expect.any(Number),
      nodes: [],
      needed: [],
    });
    const second = await home.run('openclaw', 'remove', '2026.9.7');
    expect(second.stdout).toMatch(/^Removed OpenClaw 2026\.9\.7 and Node 98\.7\.0: \d+ MB freed\.\n$/);
    const data = join(home.folder, 'data');
    expect(readdirSync(join(data, 'openclaw'))).toEqual(['2026.5.28']);
    expect(readdirSync(join(data, 'node'))).toEqual([]);
    expect(readdirSync(join(data, 'drafts'))).toEqual([]);
    expect((await home.run('openclaw', 'remove', '2026.9.7')).stderr).toContain('(openclaw.version-missing)');
  });

  it(
    'leaves what runs, whatever is said; and what the next start or a rollback needs, unless forced',
    LONG,
    async () => {
      const home = await twoInstalled();
      await home.document('start', '--port', '0');
      await home.document('openclaw', 'upgrade', '2026.9.6');
      const running = await home.run('openclaw', 'remove', '2026.9.6', '--force');
      expect(running).toMatchObject({ code: 1, stderr: expect.stringContaining('(openclaw.needed)') });
      expect(running.stderr).toContain('the gateway that runs now still needs it');
      expect(running.stderr).toContain('deskclaw stop');
      const back = await home.run('openclaw', 'remove', '2026.5.28');
      expect(back.code).toBe(1);
      expect(back.stderr).toContain('a rollback still needs it');
      expect(back.stderr).toContain('deskclaw openclaw remove 2026.5.28 --force');
      expect(await home.document('openclaw', 'remove', '2026.5.28', '--force')).toMatchObject({
        needed: ['a rollback'],
      });
      const gone = await home.run('openclaw', 'rollback');
      expect(gone).toMatchObject({ code: 78, stderr: expect.stringContaining('deskclaw openclaw install 2026.5.28') });
      expect(await home.document('status')).toMatchObject({ gateway: { state: 'running' } });

      await home.document('stop');
      const chosen = await home.run('openclaw', 'remove', '2026.9.6');
      expect(chosen.stderr).toContain('the next start still needs it');
      const forced = await home.run('openclaw', 'remove', '2026.9.6', '--force');
      expect(forced).toMatchObject({ code: 0, stderr: expect.stringContaining('still needed by the next start') });
      expect((await home.run('openclaw', 'list')).stderr).toContain('2026.9.6 is chosen but not installed');
    },
  );

  it('looks at every profile', LONG, async () => {
    const home = await twoInstalled();
    await home.document('--profile', 'work', 'openclaw', 'use', '2026.9.6');
    const chosen = await home.run('openclaw', 'remove', '2026.9.6');
    expect(chosen.stderr).toContain('the next start of profile "work" still needs it');
    await home.document('--profile', 'work', 'start', '--port', '0');
    const runs = await home.run('openclaw', 'remove', '2026.9.6', '--force');
    expect(runs).toMatchObject({ code: 1, stderr: expect.stringContaining('the gateway of profile "work"') });
    await home.document('--profile', 'work', 'stop');
  });

  it('install removes what an interrupted removal left, and offers none of it', LONG, async () => {
    const { home } = await bareMachine({});
    await placeInstalled(join(home.folder, 'data'), '2026.5.28');
    const half = join(home.folder, 'data', 'drafts', 'half-removed', 'node_modules');
    mkdirSync(half, { recursive: true });
    expect(await home.document('openclaw', 'list')).toMatchObject({ versions: [{ version: '2026.5.28' }] });
    await home.document('openclaw', 'install', '2026.5.28');
    expect(existsSync(half)).toBe(false);
  });
});
