import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { installOpenClawHere, listOpenClaws, noteKnownGood, useOpenClaw } from '../../src/managed/here.ts';
import { thisMachine } from '../../src/managed/on-this-machine.ts';
import { openClawHere } from '../../src/managed/which.ts';
import { loadConfig } from '../../src/profile/config.ts';
import { resolvePaths } from '../../src/profile/paths.ts';
import { posingOpenClaw } from './posing-openclaw.ts';
import { Workshop } from './workshop.ts';

const room = { openclawBytes: 1_000_000, nodeBytes: 1_000_000 };

async function here(profile = 'default', extra: Readonly<Record<string, string>> = {}) {
  const workshop = await Workshop.open();
  for (const version of ['2026.5.28', '2026.9.6']) workshop.registry.publish(posingOpenClaw(version));
  const env = { ...workshop.env, PATH: '/usr/bin:/bin', DESKCLAW_HOME: workshop.folder, ...extra };
  return { workshop, env, who: { profile, env }, paths: resolvePaths({ profile, env }) };
}

/** An OpenClaw of the user's own, as `npm install -g` with a prefix leaves it. */
function ownOpenClaw(home: string, version: string): void {
  const root = join(home, '.npm-global', 'lib', 'node_modules', 'openclaw');
  const manifest = { name: 'openclaw', version, bin: { openclaw: 'openclaw.mjs' } };
  mkdirSync(root, { recursive: true });
  writeFileSync(join(root, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(root, 'openclaw.mjs'), '');
  mkdirSync(join(home, '.npm-global', 'bin'));
  symlinkSync('../lib/node_modules/openclaw/openclaw.mjs', join(home, '.npm-global', 'bin', 'openclaw'));
}

describe('the version that a start runs', () => {
  it('is the first that is installed where there is no other, until another is chosen', async () => {
    const { env, who, paths } = await here();
    expect(await installOpenClawHere({ version: '2026.5.28', room }, who)).toMatchObject({ inUse: true });
    expect(await installOpenClawHere({ room }, who)).toMatchObject({
      inUse: false,
      installed: { version: '2026.9.6' },
    });
    const started = async () =>
      openClawHere(loadConfig(paths.config, 'default', env).settings.openclaw, paths.data, thisMachine(env));
    const root = (version: string) => join(paths.data, 'openclaw', version, 'node_modules', 'openclaw');
    expect(await started()).toMatchObject({ ok: true, where: { openclaw: root('2026.5.28') } });
    await useOpenClaw('2026.9.6', who);
    expect(await started()).toMatchObject({ ok: true, where: { openclaw: root('2026.9.6') } });
    const list = await listOpenClaws(who);
    expect(list.versions.map(({ version, inUse }) => [version, inUse])).toEqual([
      ['2026.9.6', true],
      ['2026.5.28', false],
    ]);
    expect(list.versions[0]?.runsOn).toEqual({ file: process.execPath, version: process.versions.node });
    expect(list.own).toBeUndefined();
  });

  it('is not taken from an OpenClaw of the user’s own by an installation', async () => {
    const { workshop, who, paths } = await here();
    ownOpenClaw(workshop.folder, '2026.3.1');
    expect(await installOpenClawHere({ room }, who)).toMatchObject({ inUse: false });
    expect(existsSync(paths.config)).toBe(false);
    const list = await listOpenClaws(who);
    expect(list.own).toEqual({
      version: '2026.3.1',
      by: join(workshop.folder, '.npm-global/bin/openclaw'),
      inUse: true,
      neededNode: '*',
    });
    await useOpenClaw('2026.9.6', who);
    expect((await listOpenClaws(who)).own).toMatchObject({ version: '2026.3.1', inUse: false });
  });

  it('is each profile’s own', async () => {
    const { who, env } = await here('work');
    await installOpenClawHere({ version: '2026.5.28', room }, who);
    await installOpenClawHere({ version: '2026.9.6', room }, who);
    await useOpenClaw('2026.9.6', { profile: 'other', env });
    const inUse = async (profile: string) =>
      (await listOpenClaws({ profile, env })).versions.find((each) => each.inUse)?.version;
    expect([await inUse('work'), await inUse('other')]).toEqual(['2026.5.28', '2026.9.6']);
  });

  it('cannot be one that is not installed, nor one that the environment overrules', async () => {
    const { who, env } = await here();
    await expect(useOpenClaw('2026.9.6', who)).rejects.toMatchObject({ code: 'openclaw.version-missing' });
    await installOpenClawHere({ room }, who);
    const overruled = { ...who, env: { ...env, DESKCLAW_OPENCLAW: '/opt/oc' } };
    await expect(useOpenClaw('2026.9.6', overruled)).rejects.toMatchObject({ code: 'config.invalid' });
  });

  it('that is chosen and gone fails the start, and is not replaced', async () => {
    const { env, paths } = await here();
    expect(await openClawHere({ version: '2026.1.1' }, paths.data, thisMachine(env))).toMatchObject({
      ok: false,
      problem: { code: 'openclaw.version-missing' },
    });
  });
});

describe('the choice in the settings file', () => {
  it('leaves everything else in it as it was, and its rights', async () => {
    const { who, paths } = await here();
    await installOpenClawHere({ room }, who);
    const before = {
      $schema: 's',
      port: 1234,
      unknown: [1],
      profiles: { default: { gateway: 'openclaw' }, work: { port: 5 } },
    };
    mkdirSync(dirname(paths.config), { recursive: true });
    writeFileSync(paths.config, JSON.stringify(before));
    chmodSync(paths.config, 0o640);
    await useOpenClaw('2026.9.6', who);
    expect(JSON.parse(readFileSync(paths.config, 'utf8'))).toEqual({
      ...before,
      profiles: { ...before.profiles, default: { gateway: 'openclaw', openclaw: { version: '2026.9.6' } } },
    });
    expect(statSync(paths.config).mode & 0o777).toBe(0o640);
  });

  it('is not written over a file that is not valid', async () => {
    const { who, paths } = await here();
    await installOpenClawHere({ room }, who);
    writeFileSync(paths.config, '{ "port": ');
    await expect(useOpenClaw('2026.9.6', who)).rejects.toMatchObject({ code: 'config.invalid' });
    expect(readFileSync(paths.config, 'utf8')).toBe('{ "port": ');
  });
});

it('a version is known to be good from the first time it was', async () => {
  const { who } = await here();
  const { installed } = await installOpenClawHere({ room }, who);
  expect((await listOpenClaws(who)).versions[0]?.knownGoodAt).toBeUndefined();
  await noteKnownGood(installed.package.root, who);
  const first = (await listOpenClaws(who)).versions[0]?.knownGoodAt;
  expect(first).toBeGreaterThan(0);
  await noteKnownGood(installed.package.root, who);
  await noteKnownGood('/somewhere/else/openclaw', who);
  expect((await listOpenClaws(who)).versions[0]?.knownGoodAt).toBe(first);
});

it('a version is told by its real place, as the host tells what it runs', async () => {
  const { workshop, who, paths } = await here();
  const place = join(workshop.folder, 'elsewhere');
  mkdirSync(place, { mode: 0o700 });
  symlinkSync(place, paths.data);
  const { installed } = await installOpenClawHere({ room }, who);
  expect(installed.package.root).toBe(join(place, 'openclaw', installed.version, 'node_modules', 'openclaw'));
});
