import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  installForProfile,
  listOpenClaws,
  recordKnownGood,
  selectOpenClaw,
} from '../../src/install/install-service.ts';
import { thisMachine } from '../../src/install/node-ports.ts';
import { selectVersion } from '../../src/install/select-version.ts';
import { loadConfig } from '../../src/profile/config.ts';
import { resolvePaths } from '../../src/profile/paths.ts';
import { posingOpenClaw } from './posing-openclaw.ts';
import { shareInstalls } from './shared-installs.ts';
import { Workshop } from './workshop.ts';

const room = { openclawBytes: 1_000_000, nodeBytes: 1_000_000 };
const placeInstalled = shareInstalls();

async function here(name = 'default', extra: Readonly<Record<string, string>> = {}) {
  const workshop = await Workshop.open();
  for (const version of ['2026.5.28', '2026.9.6']) workshop.registry.publish(posingOpenClaw(version));
  const env = { ...workshop.env, PATH: '/usr/bin:/bin', DESKCLAW_HOME: workshop.folder, ...extra };
  return { workshop, env, profile: { name, env }, paths: resolvePaths({ name, env }) };
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
  it('a start runs the first installed version until another is chosen', async () => {
    const { env, profile, paths } = await here();
    expect(await installForProfile({ version: '2026.5.28', requiredSpace: room }, profile)).toMatchObject({
      inUse: true,
    });
    expect(await installForProfile({ requiredSpace: room }, profile)).toMatchObject({
      inUse: false,
      installed: { version: '2026.9.6' },
    });
    const started = async () =>
      selectVersion(loadConfig(paths.config, 'default', env).settings.openclaw, paths.data, thisMachine(env));
    const root = (version: string) => join(paths.data, 'openclaw', version, 'node_modules', 'openclaw');
    expect(await started()).toMatchObject({ ok: true, input: { openclaw: root('2026.5.28') } });
    await selectOpenClaw('2026.9.6', profile);
    expect(await started()).toMatchObject({ ok: true, input: { openclaw: root('2026.9.6') } });
    const list = await listOpenClaws(profile);
    expect(list.versions.map(({ version, inUse }) => [version, inUse])).toEqual([
      ['2026.9.6', true],
      ['2026.5.28', false],
    ]);
    expect(list.versions[0]?.runsOn).toEqual({ file: process.execPath, version: process.versions.node });
    expect(list.own).toBeUndefined();
  });

  it('installing a version does not replace the user’s own OpenClaw', async () => {
    const { workshop, profile, paths } = await here();
    ownOpenClaw(workshop.folder, '2026.3.1');
    await placeInstalled(paths.data, '2026.9.6');
    expect(await installForProfile({ version: '2026.9.6' }, profile)).toMatchObject({ inUse: false });
    expect(existsSync(paths.config)).toBe(false);
    const list = await listOpenClaws(profile);
    expect(list.own).toEqual({
      version: '2026.3.1',
      by: join(workshop.folder, '.npm-global/bin/openclaw'),
      inUse: true,
      neededNode: '*',
    });
    await selectOpenClaw('2026.9.6', profile);
    expect((await listOpenClaws(profile)).own).toMatchObject({ version: '2026.3.1', inUse: false });
  });

  it('each profile has its own selected version', async () => {
    const { profile, env, paths } = await here('work');
    await placeInstalled(paths.data, '2026.5.28', '2026.9.6');
    await selectOpenClaw('2026.5.28', profile);
    await selectOpenClaw('2026.9.6', { name: 'other', env });
    const inUse = async (profile: string) =>
      (await listOpenClaws({ name: profile, env })).versions.find((each) => each.inUse)?.version;
    expect([await inUse('work'), await inUse('other')]).toEqual(['2026.5.28', '2026.9.6']);
  });

  it('cannot be one that is not installed, nor one that the environment overrules', async () => {
    const { profile, env, paths } = await here();
    await expect(selectOpenClaw('2026.9.6', profile)).rejects.toMatchObject({ code: 'openclaw.version-missing' });
    await placeInstalled(paths.data, '2026.9.6');
    const overruled = { ...profile, env: { ...env, DESKCLAW_OPENCLAW: '/opt/oc' } };
    await expect(selectOpenClaw('2026.9.6', overruled)).rejects.toMatchObject({ code: 'config.invalid' });
  });

  it('a start fails when the selected version is gone, and no other is taken instead', async () => {
    const { env, paths } = await here();
    expect(await selectVersion({ version: '2026.1.1' }, paths.data, thisMachine(env))).toMatchObject({
      ok: false,
      problem: { code: 'openclaw.version-missing' },
    });
  });
});

describe('the choice in the settings file', () => {
  it('leaves everything else in it was, and its rights', async () => {
    const { profile, paths } = await here();
    await placeInstalled(paths.data, '2026.9.6');
    const before = {
      $schema: 's',
      port: 1234,
      unknown: [1],
      profiles: { default: { gateway: 'openclaw' }, work: { port: 5 } },
    };
    mkdirSync(dirname(paths.config), { recursive: true });
    writeFileSync(paths.config, JSON.stringify(before));
    chmodSync(paths.config, 0o640);
    await selectOpenClaw('2026.9.6', profile);
    expect(JSON.parse(readFileSync(paths.config, 'utf8'))).toEqual({
      ...before,
      profiles: { ...before.profiles, default: { gateway: 'openclaw', openclaw: { version: '2026.9.6' } } },
    });
    expect(statSync(paths.config).mode & 0o777).toBe(0o640);
  });

  it('selectOpenClaw does not overwrite an invalid settings file', async () => {
    const { profile, paths } = await here();
    await placeInstalled(paths.data, '2026.9.6');
    mkdirSync(dirname(paths.config), { recursive: true });
    writeFileSync(paths.config, '{ "port": ');
    await expect(selectOpenClaw('2026.9.6', profile)).rejects.toMatchObject({ code: 'config.invalid' });
    expect(readFileSync(paths.config, 'utf8')).toBe('{ "port": ');
  });
});

it('a version is known to be good from the first time it was', async () => {
  const { profile, paths } = await here();
  await placeInstalled(paths.data, '2026.9.6');
  const { installed } = await installForProfile({ version: '2026.9.6' }, profile);
  expect((await listOpenClaws(profile)).versions[0]?.knownGoodAt).toBeUndefined();
  await recordKnownGood(installed.package.root, profile);
  const first = (await listOpenClaws(profile)).versions[0]?.knownGoodAt;
  expect(first).toBeGreaterThan(0);
  await recordKnownGood(installed.package.root, profile);
  await recordKnownGood('/somewhere/else/openclaw', profile);
  expect((await listOpenClaws(profile)).versions[0]?.knownGoodAt).toBe(first);
});

it('a version is told by its real place, as the host tells what it runs', async () => {
  const { workshop, profile, paths } = await here();
  const place = join(workshop.folder, 'elsewhere');
  mkdirSync(place, { mode: 0o700 });
  symlinkSync(place, paths.data);
  await placeInstalled(paths.data, '2026.9.6');
  const { installed } = await installForProfile({ version: '2026.9.6' }, profile);
  expect(installed.package.root).toBe(join(place, 'openclaw', installed.version, 'node_modules', 'openclaw'));
});
