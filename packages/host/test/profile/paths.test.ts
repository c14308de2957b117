import { describe, expect, it } from 'vitest';
import { isProfileName, resolvePaths } from '../../src/profile/paths.ts';

const linux = { name: 'default', platform: 'linux' } as const;

describe('paths', () => {
  it('follow the XDG folders', () => {
    const env = {
      HOME: '/home/u',
      XDG_CONFIG_HOME: '/c',
      XDG_STATE_HOME: '/s',
      XDG_CACHE_HOME: '/k',
      XDG_DATA_HOME: '/data',
      XDG_RUNTIME_DIR: '/run/user/1',
    };
    const paths = resolvePaths({ ...linux, env });
    expect(paths.config).toBe('/c/deskclaw/config.json');
    expect(paths.journal).toBe('/s/deskclaw/default/journal.ndjson');
    expect(paths.cache).toBe('/k/deskclaw');
    expect(paths.data).toBe('/data/deskclaw');
    expect(paths.socket).toBe('/run/user/1/deskclaw/default.sock');
  });

  it('fall back to the home folder, and put the socket under the state folder without a runtime folder', () => {
    const paths = resolvePaths({ ...linux, env: { HOME: '/home/u' } });
    expect(paths.config).toBe('/home/u/.config/deskclaw/config.json');
    expect(paths.socket).toBe('/home/u/.local/state/deskclaw/run/default.sock');
  });

  it('ignore relative XDG folders, as the specification asks', () => {
    expect(resolvePaths({ ...linux, env: { HOME: '/home/u', XDG_CONFIG_HOME: 'rel' } }).config).toBe(
      '/home/u/.config/deskclaw/config.json',
    );
  });

  it('all paths are under DESKCLAW_HOME when it is set', () => {
    const { profile: _profile, ...files } = resolvePaths({
      ...linux,
      env: { HOME: '/home/u', DESKCLAW_HOME: '/d', XDG_STATE_HOME: '/s' },
    });
    for (const path of Object.values(files)) expect(path.startsWith('/d/')).toBe(true);
  });

  it('keep profiles apart', () => {
    const env = { DESKCLAW_HOME: '/d' };
    const one = resolvePaths({ name: 'one', platform: 'linux', env });
    const two = resolvePaths({ name: 'two', platform: 'linux', env });
    for (const key of ['socket', 'lock', 'journal', 'logs', 'token', 'device', 'ownership'] as const)
      expect(one[key]).not.toBe(two[key]);
  });

  it('shorten a socket path that the system would refuse, one per place', () => {
    const deep = (letter: string) =>
      resolvePaths({ ...linux, env: { DESKCLAW_HOME: `/${letter.repeat(120)}` } }).socket;
    expect(Buffer.byteLength(deep('a'))).toBeLessThanOrEqual(103);
    expect(deep('a')).not.toBe(deep('b'));
    expect(deep('a')).toBe(deep('a'));
  });

  it('use a named pipe on Windows and Library folders on macOS', () => {
    expect(resolvePaths({ name: 'p', platform: 'win32', env: { HOME: 'C:\\u' } }).socket).toMatch(
      /^\\\\\.\\pipe\\deskclaw-[0-9a-f]{12}-p$/,
    );
    expect(resolvePaths({ name: 'p', platform: 'darwin', env: { HOME: '/Users/u' } }).state).toBe(
      '/Users/u/Library/Application Support/DeskClaw/State/p',
    );
  });

  it.each(['default', 'a', 'work-2', 'a.b_c'])('accept the profile name %s', (name) => {
    expect(isProfileName(name)).toBe(true);
  });
  it.each(['', '.', '..', 'a/b', 'a\\b', '-x', 'a..b', 'ü', 'x'.repeat(65), 'a b'])(
    'refuse the profile name "%s"',
    (name) => {
      expect(isProfileName(name)).toBe(false);
    },
  );
});
