import type { Platform } from './path-list.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The user's identity and folders: without these, programs write to the wrong place or not at all. */
const identity = ['HOME', 'USER', 'LOGNAME', 'SHELL', 'PATH', 'TMPDIR', 'TZ', 'LANG', 'LANGUAGE'];
const identityPrefixes = ['LC_', 'XDG_'];

/** The user's session: a gateway opens browsers, shows notices, asks the keyring. Addresses, not secrets. */
const session = ['DISPLAY', 'WAYLAND_DISPLAY', 'XAUTHORITY', 'DBUS_SESSION_BUS_ADDRESS', '__CF_USER_TEXT_ENCODING'];

/** Certificates to trust; required behind a company's TLS proxy. */
const trust = ['SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_EXTRA_CA_CERTS'];

/** How to reach the world. Passed on because a gateway must reach model providers; see `withLoopbackDirect` for the price. */
const proxies = [
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'ALL_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'all_proxy',
  'no_proxy',
];

/** Without these Windows programs cannot load libraries, find their data or open sockets. */
const windows = [
  'SYSTEMROOT',
  'SYSTEMDRIVE',
  'WINDIR',
  'COMSPEC',
  'PATHEXT',
  'TEMP',
  'TMP',
  'USERPROFILE',
  'USERNAME',
  'USERDOMAIN',
  'HOMEDRIVE',
  'HOMEPATH',
  'APPDATA',
  'LOCALAPPDATA',
  'PROGRAMDATA',
  'ALLUSERSPROFILE',
  'PROGRAMFILES',
  'PROGRAMFILES(X86)',
  'PROGRAMW6432',
  'COMMONPROGRAMFILES',
  'COMMONPROGRAMFILES(X86)',
  'COMMONPROGRAMW6432',
  'PUBLIC',
  'COMPUTERNAME',
  'OS',
  'NUMBER_OF_PROCESSORS',
  'PROCESSOR_ARCHITECTURE',
  'PSMODULEPATH',
];

/**
 * Never passed on, even if a pattern matches: they tell a child that it runs under another supervisor.
 * systemd's make a gateway wait for a supervisor that is not there; NODE_* and ELECTRON_* are about our own process.
 */
const never =
  /^(?:INVOCATION_ID|JOURNAL_STREAM|NOTIFY_SOCKET|WATCHDOG_.*|LISTEN_(?:FDS|PID|FDNAMES)|MANAGERPID|SYSTEMD_.*|XPC_.*|__CFBundleIdentifier|NODE_OPTIONS|NODE_CHANNEL_.*|NODE_UNIQUE_ID|NODE_V8_COVERAGE|ELECTRON_.*|ORIGINAL_XDG_CURRENT_DESKTOP|CHROME_DESKTOP|npm_.*)$/i;

export interface EnvironmentInput {
  /** Ours. */
  readonly host: Environment;
  readonly platform: Platform;
  /** Names to pass on besides the list, `*` at the end allowed: `['OPENCLAW_*', 'SSH_AUTH_SOCK']`. */
  readonly inherit?: readonly string[];
  /** Variables that are always passed and win over inherited ones. */
  readonly overrides?: Readonly<Record<string, string>>;
  /** Replaces PATH, where a better one than ours was found. */
  readonly path?: string;
}

function matcher(input: EnvironmentInput): (name: string) => boolean {
  const fold = input.platform === 'win32' ? (name: string) => name.toUpperCase() : (name: string) => name;
  const patterns = (input.inherit ?? []).map(fold);
  const exact = new Set([...identity, ...session, ...trust, ...proxies, ...patterns].map(fold));
  const prefixes = [
    ...identityPrefixes,
    ...patterns.filter((pattern) => pattern.endsWith('*')).map((pattern) => pattern.slice(0, -1)),
  ];
  if (input.platform === 'win32') for (const name of windows) exact.add(name);
  return (name) => exact.has(fold(name)) || prefixes.some((prefix) => fold(name).startsWith(prefix));
}

/** Adds loopback addresses to `NO_PROXY`: some clients would send even 127.0.0.1 through a proxy. */
function withLoopbackDirect(env: Record<string, string>): void {
  if (!proxies.some((name) => /^(?:https?|all)_proxy$/i.test(name) && env[name] !== undefined)) return;
  const hosts = (env['NO_PROXY'] ?? env['no_proxy'] ?? '').split(',').map((host) => host.trim());
  const direct = [...new Set([...hosts.filter((host) => host !== ''), 'localhost', '127.0.0.1', '::1'])].join(',');
  env['NO_PROXY'] = direct;
  env['no_proxy'] = direct;
}

/** The name PATH goes by: Windows writes it `Path`, and a second spelling beside it would win or lose by chance. */
export function pathName(env: Environment, platform: Platform): string {
  if (platform !== 'win32') return 'PATH';
  return Object.keys(env).find((name) => name.toUpperCase() === 'PATH') ?? 'Path';
}

/**
 * The whole environment of a child: an explicit list out of ours, then what the plan lays on top. API keys exported in
 * a shell are not on the list: a gateway keeps its own, and what it should get from us is named with `inherit`.
 */
export function childEnvironment(input: EnvironmentInput): Record<string, string> {
  const passes = matcher(input);
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(input.host)) {
    if (value !== undefined && passes(name) && !never.test(name)) env[name] = value;
  }
  if (input.path !== undefined) env[pathName(env, input.platform)] = input.path;
  withLoopbackDirect(env);
  for (const [name, value] of Object.entries(input.overrides ?? {})) {
    if (input.platform === 'win32') dropSpellings(env, name);
    env[name] = value;
  }
  return env;
}

/** Windows takes `Path` and `PATH` for one name, and which of two wins is chance. */
function dropSpellings(env: Record<string, string>, name: string): void {
  for (const other of Object.keys(env)) if (other.toUpperCase() === name.toUpperCase()) delete env[other];
}
