import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isTrustedAddress, lockedIntegrity, lockfileProblem } from '../../src/install/lockfile.ts';
import { expectOnly, refusal } from './interrupted-install.ts';
import { posingOpenClaw } from './posing-openclaw.ts';
import { Workshop } from './workshop.ts';

const part = { name: 'part', version: '1.0.0', files: { 'index.js': '' } };

describe('T7: integrity of installations', () => {
  it.each(['none', 'sha1'] as const)(
    'a version with the checksum %s is refused before it is fetched',
    async (checksum) => {
      const workshop = await Workshop.open();
      workshop.registry.publish({ ...posingOpenClaw('2026.9.6'), checksum });
      const problem = await refusal(workshop.install());
      expect(problem).toMatchObject({ code: 'openclaw.install-failed' });
      expect(problem.detail).toContain('the registry states no sha512 checksum of openclaw 2026.9.6');
      await expectOnly(workshop);
    },
  );

  it('a version with an unchecked dependency is refused before anything is fetched', async () => {
    const workshop = await Workshop.open();
    workshop.registry.publish({ ...part, checksum: 'none' });
    const openclaw = posingOpenClaw('2026.9.6');
    workshop.registry.publish({ ...openclaw, manifest: { ...openclaw.manifest, dependencies: { part: '1.0.0' } } });
    const { asked } = workshop.registry.hold('part');
    const problem = await refusal(workshop.install());
    expect(problem.detail).toContain('the registry states no sha512 checksum of the package part');
    const fetched = await Promise.race([asked.then(() => true), Promise.resolve(false)]);
    expect(fetched).toBe(false);
    await expectOnly(workshop);
  });

  it('an archive that does not fit its checksum is refused', async () => {
    const workshop = await Workshop.open();
    workshop.registry.publish(posingOpenClaw('2026.9.6'));
    workshop.registry.swap('openclaw', '2026.9.6');
    expect((await refusal(workshop.install())).detail).toMatch(/EINTEGRITY|integrity/);
    await expectOnly(workshop);
  });

  it('the checksum is stored, and a version whose package was replaced since then is installed again', async () => {
    const workshop = await Workshop.open();
    workshop.registry.publish(posingOpenClaw('2026.9.6'));
    const { installed } = await workshop.install();
    expect(installed.integrity).toMatch(/^sha512-/);
    const stored: unknown = JSON.parse(readFileSync(join(installed.folder, 'install.json'), 'utf8'));
    expect(stored).toMatchObject({ integrity: installed.integrity });
    await expectOnly(workshop, '2026.9.6');
    const lockfile = join(installed.folder, 'node_modules', '.package-lock.json');
    const other = `sha512-${'b'.repeat(86)}==`;
    writeFileSync(lockfile, readFileSync(lockfile, 'utf8').replace(installed.integrity ?? '?', other));
    await expectOnly(workshop);
    expect(await workshop.install()).toMatchObject({ outcome: 'installed' });
  });

  it('an error of the registry is shown without the credential that it repeats', async () => {
    const workshop = await Workshop.open();
    workshop.registry.publish(posingOpenClaw('2026.9.6'));
    workshop.registry.refuseAll(500);
    const place = new URL(workshop.registry.url).host;
    writeFileSync(join(workshop.folder, '.npmrc'), `//${place}/:_authToken=CANARY-npmtoken-1234567890\n`);
    const { detail } = await refusal(workshop.install());
    expect(detail).toContain('[redacted]');
    expect(detail).not.toContain('CANARY');
  });

  it('a registry on another machine is refused over plain http', async () => {
    const workshop = await Workshop.open();
    writeFileSync(join(workshop.folder, '.npmrc'), 'registry=http://registry.example.test/\n');
    const problem = await refusal(workshop.install({}, { npm_config_registry: undefined }));
    expect(problem.detail).toContain('http://registry.example.test/ is neither https nor on this machine');
  });
});

it.each([
  ['https://registry.npmjs.org/', true],
  ['http://127.0.0.1:4873/', true],
  ['http://localhost:4873/x.tgz', true],
  ['http://[::1]:4873/', true],
  ['http://registry.example.test/', false],
  ['http://127.0.0.1.example.test/', false],
  ['git+ssh://git@github.com/a/b.git', false],
  ['file:../x', false],
  ['undefined', false],
])('T7: the address %s is trusted: %s', (address, expected) => {
  expect(isTrustedAddress(address)).toBe(expected);
});

it('T7: a lock file is checked package by package, and bundled packages with the one that holds them', () => {
  const integrity = `sha512-${'a'.repeat(86)}==`;
  const lockfile = (packages: object): string => JSON.stringify({ packages: { '': {}, ...packages } });
  const good = { 'node_modules/a': { integrity }, 'node_modules/a/node_modules/b': { inBundle: true } };
  expect(lockfileProblem(lockfile(good))).toBeUndefined();
  expect(lockedIntegrity(lockfile(good), 'a')).toBe(integrity);
  expect(lockfileProblem(lockfile({ 'node_modules/@s/c': {} }))).toContain('@s/c');
  expect(lockfileProblem(lockfile({ 'node_modules/c': { integrity, resolved: 'http://h/c.tgz' } }))).toContain(
    'http://h/c.tgz',
  );
  expect(lockfileProblem('')).toContain('no lock file');
});
