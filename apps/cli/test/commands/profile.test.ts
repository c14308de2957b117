import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Home, parseDocument, shareHome } from '../support/deskclaw.ts';

const settingsOf = (home: Home): unknown => JSON.parse(readFileSync(join(home.folder, 'config/config.json'), 'utf8'));

describe('profile of a fresh home', () => {
  it('list shows the default profile alone', async () => {
    expect(await new Home().document('profile')).toEqual({
      schema: 'deskclaw.profile-list/1',
      profiles: [
        { name: 'default', selected: true, hasSettings: false, hasState: false, gateway: { state: 'stopped' } },
      ],
    });
  });

  it('add writes the profile into the settings file and names the profile with the same port', async () => {
    const home = new Home();
    const added = await home.run('profile', 'add', 'work');
    expect(added).toMatchObject({ code: 0, stdout: '' });
    expect(added.stderr).toContain('deskclaw start --profile work');
    expect(added.stderr).toContain('Its port is that of "default"');
    const advised = /deskclaw (config set port \d+ --profile work)/.exec(added.stderr)?.[1];
    await home.document(...(advised ?? '').split(' '));
    expect(settingsOf(home)).toEqual({ profiles: { work: { port: 18_790 } } });
    expect((await home.run('profile', 'add', 'lab', '--port', '18791')).stderr).not.toContain('Its port');
    expect(await home.run('profile', 'add', 'lab')).toMatchObject({ code: 2 });
  });

  it('use chooses the profile of commands without one; a flag and a variable win', async () => {
    const home = new Home();
    await home.document('profile', 'add', 'work', '--port', '18790');
    await home.document('profile', 'use', 'work');
    const profileOf = async (...args: readonly string[]): Promise<unknown> =>
      (await home.document('paths', ...args))['profile'];
    expect([await profileOf(), await profileOf('--profile', 'default')]).toEqual(['work', 'default']);
    const { stdout } = await home.start(['paths', '--json'], { env: { DESKCLAW_PROFILE: 'lab' }, input: '' }).ended;
    expect(JSON.parse(stdout)).toMatchObject({ profile: 'lab' });
    await home.document('profile', 'use', 'default');
    expect(await profileOf()).toBe('default');
  });

  it.each([
    [['use', 'wrok'], 'Did you mean "work"?'],
    [['use', 'elsewhere'], 'deskclaw profile add elsewhere'],
    [['remove', 'wrok', '--yes'], 'Did you mean "work"?'],
    [['remove', 'default', '--yes'], 'cannot be removed'],
    [['remove', 'work'], 'Add --yes'],
    [['add', '../x'], 'named by up to 64'],
    [['add', 'Work'], 'exists already'],
  ])('%j exits 2 and says what is wrong', async (args, words) => {
    const home = new Home();
    await home.document('profile', 'add', 'work');
    const ended = await home.run('profile', ...args);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toContain(words);
  });

  it('remove is refused while an upgrade of the profile is not finished, and leaves everything', async () => {
    const home = new Home();
    await home.document('profile', 'add', 'work');
    const state = join(home.folder, 'state/work');
    mkdirSync(state, { recursive: true, mode: 0o700 });
    writeFileSync(join(state, 'openclaw-upgrade.begun.json'), '{}');
    const refused = await home.run('profile', 'remove', 'work', '--yes', '--json');
    expect(refused.code).toBe(1);
    expect(parseDocument(refused.stderr)).toMatchObject({
      error: { code: 'profile.in-use', actions: [{ command: 'deskclaw start --profile work' }] },
    });
    expect(existsSync(join(state, 'openclaw-upgrade.begun.json'))).toBe(true);
    expect(await home.document('profile')).toMatchObject({ profiles: [{ name: 'default' }, { name: 'work' }] });
  });

  it('a settings file that cannot be changed keeps remove from deleting the state', async () => {
    const home = new Home();
    await home.document('profile', 'add', 'work');
    const state = join(home.folder, 'state/work');
    mkdirSync(state, { recursive: true, mode: 0o700 });
    writeFileSync(join(state, 'journal.ndjson'), '');
    // A folder in the place of the lock of the settings file: nobody can change it, root neither.
    mkdirSync(join(home.folder, 'config/config.json.lock'));
    expect((await home.run('profile', 'remove', 'work', '--yes')).code).not.toBe(0);
    expect(existsSync(join(state, 'journal.ndjson'))).toBe(true);
  });

  it('a selected profile whose file holds no name counts as the default one', async () => {
    const home = new Home();
    mkdirSync(join(home.folder, 'config'));
    writeFileSync(join(home.folder, 'config/profile'), '../../etc\n');
    expect(await home.document('paths')).toMatchObject({ profile: 'default' });
  });
});

it('status of a profile that was never started names the known profiles, and no other folder', async () => {
  const home = new Home();
  await home.document('profile', 'add', 'work');
  mkdirSync(join(home.folder, 'state/no profile'), { recursive: true });
  mkdirSync(join(home.folder, 'state/backup'));
  const { stderr } = await home.run('status', '--profile', 'wrok');
  expect(stderr).toBe('The profile "wrok" was never started. Known profiles: default, work.\n');
});

describe('profile with a running gateway', () => {
  const home = shareHome((each) => each.startBuiltin('--profile', 'work'));

  it('list shows its state, pid and address', async () => {
    const { profiles } = await home().document('profile', 'list');
    expect(profiles).toContainEqual({
      name: 'work',
      selected: false,
      hasSettings: false,
      hasState: true,
      gateway: { state: 'running', pid: expect.any(Number), url: expect.stringContaining('ws://127.0.0.1:') },
    });
    expect((await home().run('profile', 'list')).stdout).toMatch(/^→ +default +stopped\n +work +running +pid \d+ +ws:/);
  });

  it('remove is refused while it runs, and the command it names makes it work', async () => {
    const refused = await home().run('profile', 'remove', 'work', '--yes', '--json');
    expect(refused.code).toBe(1);
    const { error } = JSON.parse(refused.stderr) as { error: { code: string; actions: { command: string }[] } };
    expect(error).toMatchObject({ code: 'profile.in-use' });
    await home().document('profile', 'use', 'work');
    await home().document(...(error.actions[0]?.command.split(' ').slice(1) ?? []));
    expect(await home().document('profile', 'remove', 'work', '--yes')).toMatchObject({
      name: 'work',
      wasSelected: true,
    });
    expect(existsSync(join(home().folder, 'state/work'))).toBe(false);
    expect(await home().document('profile')).toMatchObject({ profiles: [{ name: 'default', selected: true }] });
  });
});
