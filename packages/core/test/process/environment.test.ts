import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { childEnvironment } from '../../src/process/environment.ts';

const user = { HOME: '/home/me', USER: 'me', PATH: '/usr/bin:/bin', LANG: 'de_DE.UTF-8' };

function linux(host: Record<string, string | undefined>, change: Partial<Parameters<typeof childEnvironment>[0]> = {}) {
  return childEnvironment({ host, platform: 'linux', ...change });
}

describe('the environment of a child', () => {
  test('holds what says who the user is, where things are, and how to reach the world', () => {
    const host = {
      ...user,
      LC_ALL: 'C',
      TZ: 'Europe/Berlin',
      TMPDIR: '/tmp/me',
      SHELL: '/bin/zsh',
      XDG_RUNTIME_DIR: '/run/user/1000',
      DISPLAY: ':0',
      DBUS_SESSION_BUS_ADDRESS: 'unix:path=/run/bus',
      SSL_CERT_FILE: '/etc/ssl/company.pem',
      NODE_EXTRA_CA_CERTS: '/etc/ssl/extra.pem',
    };
    expect(linux(host)).toEqual(host);
  });

  test.each([
    'NODE_OPTIONS',
    'NODE_CHANNEL_FD',
    'NODE_V8_COVERAGE',
    'ELECTRON_RUN_AS_NODE',
    'ELECTRON_NO_ASAR',
    'INVOCATION_ID',
    'JOURNAL_STREAM',
    'NOTIFY_SOCKET',
    'WATCHDOG_USEC',
    'WATCHDOG_PID',
    'LISTEN_FDS',
    'SYSTEMD_EXEC_PID',
    'XPC_SERVICE_NAME',
    'XPC_FLAGS',
    '__CFBundleIdentifier',
    'npm_config_registry',
  ])('never holds %s, even where a pattern asks for everything', (name) => {
    expect(linux({ ...user, [name]: 'x' })).toEqual(user);
    expect(linux({ ...user, [name]: 'x' }, { inherit: ['*', name] })).toEqual(user);
  });

  test.each([
    'ANTHROPIC_API_KEY',
    'SSH_AUTH_SOCK',
    'AWS_SECRET_ACCESS_KEY',
    'LD_PRELOAD',
    'DESKCLAW_TOKEN_FILE',
    'OPENCLAW_STATE_DIR',
  ])('holds %s only where it is named', (name) => {
    expect(linux({ ...user, [name]: 'x' })).toEqual(user);
    expect(linux({ ...user, [name]: 'x' }, { inherit: [name] })).toEqual({ ...user, [name]: 'x' });
  });

  test('takes names by their beginning, too', () => {
    const host = { ...user, OPENCLAW_STATE_DIR: '/s', OPENCLAW_HOME: '/h', MY_OPENCLAW: 'no' };
    expect(linux(host, { inherit: ['OPENCLAW_*'] })).toEqual({
      ...user,
      OPENCLAW_STATE_DIR: '/s',
      OPENCLAW_HOME: '/h',
    });
  });

  test('variables of the plan override the environment of the child, whatever their names', () => {
    const overrides = { HOME: '/elsewhere', NODE_OPTIONS: '--max-old-space-size=4096', TOKEN: 't' };
    expect(linux(user, { overrides })).toEqual({ ...user, ...overrides });
  });

  test('gets a better PATH where one was found, unless the plan has one', () => {
    expect(linux(user, { path: '/opt/bin' })['PATH']).toBe('/opt/bin');
    expect(linux(user, { path: '/opt/bin', overrides: { PATH: '/plan' } })['PATH']).toBe('/plan');
  });

  test('keeps local traffic away from a proxy', () => {
    const proxied = linux({ ...user, HTTPS_PROXY: 'http://proxy:3128', no_proxy: 'intra.example' });
    expect(proxied['NO_PROXY']).toBe('intra.example,localhost,127.0.0.1,::1');
    expect(proxied['no_proxy']).toBe(proxied['NO_PROXY']);
    expect(proxied['HTTPS_PROXY']).toBe('http://proxy:3128');
    expect(linux(user)).not.toHaveProperty('NO_PROXY');
  });

  test('the environment of a child holds strings only', () => {
    expect(linux({ ...user, TZ: undefined })).toEqual(user);
  });

  test('never holds more of ours than the list, what was named, and nothing forbidden', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.string()), (host) => {
        for (const [name, value] of Object.entries(linux(host))) {
          if (/^no_proxy$/i.test(name)) continue;
          expect(host[name]).toBe(value);
        }
      }),
    );
  });
});

describe('the environment of a child on Windows', () => {
  const windows = (host: Record<string, string>, overrides?: Record<string, string>) =>
    childEnvironment({ host, platform: 'win32', ...(overrides === undefined ? {} : { overrides }) });

  test('holds what programs cannot run without, in whatever spelling', () => {
    const host = {
      SystemRoot: 'C:\\Windows',
      ComSpec: 'C:\\Windows\\cmd.exe',
      Path: 'C:\\',
      'ProgramFiles(x86)': 'C:\\P',
      AppData: 'C:\\A',
    };
    expect(windows({ ...host, SECRET: 'x' })).toEqual(host);
  });

  test('knows a name by any spelling: one PATH, and the plan’s wins', () => {
    expect(windows({ Path: 'C:\\old' }, { PATH: 'C:\\new' })).toEqual({ PATH: 'C:\\new' });
    expect(childEnvironment({ host: { Path: 'C:\\old' }, platform: 'win32', path: 'C:\\found' })).toEqual({
      Path: 'C:\\found',
    });
  });
});
