import { describe, expect, it } from 'vitest';
import { posingOpenClaw } from '../../../../packages/host/test/install/posing-openclaw.ts';
import { parseDocument, processesOf } from '../support/deskclaw.ts';
import { bareMachine } from '../support/registry.ts';

const LONG = { timeout: 60_000 };

describe('a machine without OpenClaw', () => {
  it('start --install installs OpenClaw, reports each step and runs it', LONG, async () => {
    const { home } = await bareMachine({ '2026.9.6': {} });
    const started = await home.run('start', '--install', '--port', '0');
    expect(started.code, started.stderr).toBe(0);
    expect(started.stderr).toContain('Installing OpenClaw: fetching OpenClaw 2026.9.6');
    expect(started.stderr).toMatch(/Installed OpenClaw 2026\.9\.6 \(\d+ MB\), on Node /);
    expect(started.stdout).toMatch(/running/);
    expect(await home.document('status')).toMatchObject({ gateway: { state: 'running', dialect: 'openclaw' } });
    const again = await home.run('start', '--install');
    expect(again).toMatchObject({ code: 0 });
    expect(again.stderr).not.toContain('Installing');
  });

  it('start suggests installing OpenClaw or using the built-in gateway when none is installed', async () => {
    const { home } = await bareMachine({});
    const { code, stderr } = await home.run('start');
    expect(code).toBe(78);
    expect(stderr).toContain('deskclaw start --install');
    expect(stderr).toContain('deskclaw openclaw install');
  });

  it.each(['none', 'sha1'] as const)(
    'T7: a package whose registry states the checksum %s is not installed',
    async (checksum) => {
      const { home, registry } = await bareMachine({});
      registry.publish({ ...posingOpenClaw('2026.9.6'), checksum });
      const ended = await home.run('openclaw', 'install');
      expect(ended).toMatchObject({ code: 1, stdout: '' });
      expect(ended.stderr).toContain('sha512');
      expect((await home.run('openclaw', 'list')).stdout).not.toContain('2026.9.6');
    },
  );

  it('stays without, where the installation fails, and starts nothing', LONG, async () => {
    const { home } = await bareMachine({ '2026.9.6': { versionInside: '0.0.1' } });
    const { code, stderr } = await home.run('start', '--install', '--json');
    expect(code).toBe(1);
    expect(parseDocument(stderr)).toMatchObject({ error: { code: 'openclaw.install-failed' } });
    expect(processesOf(home.folder)).toEqual([]);
  });
});

describe('openclaw install', () => {
  it('refuses a version that does not exist: 78', async () => {
    const { home } = await bareMachine({ '2026.9.6': {} });
    expect(await home.run('openclaw', 'install', '2026.9.7')).toMatchObject({
      code: 78,
      stderr: expect.stringContaining('(openclaw.version-unknown)'),
    });
  });
});

describe('openclaw list and use', () => {
  it('refuse what is not installed: 78, with what is', async () => {
    const { home } = await bareMachine({});
    expect(await home.run('openclaw', 'list')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('No version'),
    });
    const { code, stderr } = await home.run('openclaw', 'use', '2026.9.6');
    expect(code).toBe(78);
    expect(stderr).toContain('deskclaw openclaw install 2026.9.6');
  });
});
