import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectOnly, refusal } from './interrupted-install.ts';
import { posingOpenClaw } from './posing-openclaw.ts';
import { Workshop } from './workshop.ts';

describe('an installation', () => {
  it('resolves the newest to an exact version, installs it with a real npm without its scripts, and sees it run', async () => {
    const workshop = await Workshop.open();
    workshop.registry.publish(posingOpenClaw('2026.5.28'));
    const { manifest, ...rest } = posingOpenClaw('2026.9.6');
    const trace = join(workshop.folder, 'script-ran');
    workshop.registry.publish({ ...rest, manifest: { ...manifest, scripts: { postinstall: `touch ${trace}` } } });
    const steps: string[] = [];
    const { outcome, installed, node } = await workshop.install({ onProgress: ({ step }) => steps.push(step) });
    expect(outcome).toBe('installed');
    expect(installed).toMatchObject({ version: '2026.9.6', folder: join(workshop.data, 'openclaw', '2026.9.6') });
    expect(node).toEqual({ file: process.execPath, version: process.versions.node });
    expect([...new Set(steps)]).toEqual(['resolving', 'fetching', 'checking', 'placing']);
    const said = execFileSync(node.file, [installed.package.entry, '--version'], { encoding: 'utf8' });
    expect(said).toContain('2026.9.6');
    expect(JSON.parse(readFileSync(join(installed.folder, 'package.json'), 'utf8'))).toMatchObject({
      dependencies: { openclaw: '2026.9.6' },
    });
    expect(existsSync(trace)).toBe(false);
    await expectOnly(workshop, '2026.9.6');
  });
});

describe('what is not taken', () => {
  it('an empty placeholder that npm brings for the version asked for', async () => {
    const workshop = await Workshop.open();
    workshop.registry.publish(posingOpenClaw('2026.9.6', { versionInside: '0.0.1' }));
    const problem = await refusal(workshop.install());
    expect(problem).toMatchObject({ code: 'openclaw.install-failed', retryable: true });
    expect(problem.detail).toContain('it is version 0.0.1');
    await expectOnly(workshop);
  });

  it('a version that does not run, told with its last words', async () => {
    const workshop = await Workshop.open();
    const beforeVersion = `console.error('cannot find the moon'); process.exit(3);`;
    workshop.registry.publish(posingOpenClaw('2026.9.6', { beforeVersion }));
    const problem = await refusal(workshop.install());
    expect(problem.detail).toContain('it ended with 3');
    expect(problem.detail).toContain('cannot find the moon');
    await expectOnly(workshop);
  });

  it('a version that does not exist', async () => {
    const workshop = await Workshop.open();
    workshop.registry.publish(posingOpenClaw('2026.9.6'));
    expect((await refusal(workshop.install({ version: '2026.9.7' }))).code).toBe('openclaw.version-unknown');
    expect((await refusal(workshop.install({ version: 'no-such-tag' }))).code).toBe('openclaw.version-unknown');
    await expectOnly(workshop);
  });

  it('anything from a registry that is not there', async () => {
    const workshop = await Workshop.open();
    await workshop.registry.close();
    const problem = await refusal(workshop.install());
    expect(problem.code).toBe('openclaw.install-failed');
    expect(problem.detail).toMatch(/asking the registry: npm ended with 1\.\nIts last output:\n {2}code ECONNREFUSED/);
    await expectOnly(workshop);
  });

  it('anything for which no Node can be had', async () => {
    const workshop = await Workshop.open();
    workshop.registry.publish(posingOpenClaw('2026.9.6', { node: '>=97' }));
    expect((await refusal(workshop.install())).code).toBe('runtime.node-too-old');
    await expectOnly(workshop);
  });

  it('anything where the room is too small, said before anything is fetched', async () => {
    const workshop = await Workshop.open();
    workshop.registry.publish(posingOpenClaw('2026.9.6'));
    const { bavail, bsize } = statfsSync(workshop.folder);
    const room = { openclawBytes: bavail * bsize + 10 * 1024 ** 3, nodeBytes: 0 };
    const steps = new Set<string>();
    const problem = await refusal(workshop.install({ requiredSpace: room, onProgress: ({ step }) => steps.add(step) }));
    expect(problem.code).toBe('disk.full');
    expect(problem.detail).toMatch(/has \d+ MB free, \d+ MB are needed/);
    expect([...steps]).toEqual(['resolving']);
    await expectOnly(workshop);
  });
});

describe('an installation that is killed', () => {
  it('an installation stopped by its caller removes its leftovers at once', async () => {
    const workshop = await Workshop.open();
    workshop.registry.publish(posingOpenClaw('2026.9.6'));
    const held = workshop.registry.hold('openclaw');
    const controller = new AbortController();
    const stopped = refusal(workshop.install({ signal: controller.signal }));
    await held.asked;
    controller.abort();
    expect((await stopped).code).toBe('aborted');
    await expectOnly(workshop);
    held.release();
  });
});
