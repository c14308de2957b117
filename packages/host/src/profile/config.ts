import { type Environment, errorCode, GatewayError, nodeClock } from '@deskclaw/core';
import { MOST_IN_FLIGHT } from '@deskclaw/core/internal';
import { describeProblem, dialectChoices } from '@deskclaw/protocol';
import * as z from 'zod/mini';
import { firstFault } from '../schema/fault.ts';
import type { DeviceKeysChoice } from './device-file.ts';
import { readTextFile } from './read-text-file.ts';
import { expandHome, homeFolder, pathRules } from './user-paths.ts';

const ms = z.number().check(z.int(), z.nonnegative());
/** Limits for which zero would make every attempt fail. */
const someMs = z.number().check(z.int(), z.minimum(1));
const someCalls = z.number().check(z.int(), z.minimum(1), z.maximum(MOST_IN_FLIGHT));
const count = z.number().check(z.int(), z.nonnegative());
const port = z.number().check(z.int(), z.minimum(0), z.maximum(65_535));

/** The OpenClaw to run: a path (a command, its entry file, a folder that holds it) or an installed version. */
const openclaw = z.union([z.strictObject({ path: z.string() }), z.strictObject({ version: z.string() })]);

const settings = {
  openclaw: z.exactOptional(openclaw),
  gateway: z.exactOptional(z.enum(['openclaw', 'builtin'])),
  repair: z.exactOptional(
    z
      .boolean()
      .check(
        z.describe(
          'Whether an OpenClaw of ours that refuses its configuration may repair it once with its own "doctor --fix", after a copy was made. Default true.',
        ),
      ),
  ),
  command: z.exactOptional(z.array(z.string()).check(z.minLength(1))),
  cwd: z.exactOptional(z.string()),
  env: z.exactOptional(z.record(z.string(), z.string())),
  mode: z.exactOptional(z.enum(['auto', 'supervise', 'attach'])),
  host: z.exactOptional(z.string()),
  port: z.exactOptional(port),
  url: z.exactOptional(z.url({ protocol: /^wss?$/ })),
  path: z.exactOptional(z.string()),
  healthPath: z.exactOptional(z.string()),
  dialect: z.exactOptional(z.enum(dialectChoices)),
  auth: z.exactOptional(z.object({ device: z.exactOptional(z.enum(['never', 'when-asked', 'always'])) })),
  deviceKeys: z.exactOptional(
    z
      .enum(['keyring', 'file'])
      .check(
        z.describe(
          'Where the key of this device is kept: in the keyring of the system if there is one, or in its file in any case. Default: the keyring; the file where DESKCLAW_HOME keeps everything under one folder.',
        ),
      ),
  ),
  trustUsers: z.exactOptional(
    z
      .array(z.union([z.string().check(z.minLength(1)), z.number().check(z.int(), z.nonnegative())]))
      .check(
        z.describe(
          'Other users of this machine, by name or number, whose gateway may receive the token and messages. Your own user and root always may.',
        ),
      ),
  ),
  trustUnknownPeers: z.exactOptional(
    z
      .boolean()
      .check(
        z.describe(
          'Whether a gateway on this machine may receive the token and messages if the system does not tell whose it is, as in a container. Default false.',
        ),
      ),
  ),
  dashboard: z.exactOptional(
    z.object({
      sessionIdleMs: z.exactOptional(
        someMs.check(
          z.describe('How long a session of the dashboard lasts while no page of it is open, ms. Default 12 hours.'),
        ),
      ),
    }),
  ),
  reconnect: z.exactOptional(
    z.object({
      baseDelayMs: z.exactOptional(ms),
      maxDelayMs: z.exactOptional(ms),
      maxAttempts: z.exactOptional(count),
      stableAfterMs: z.exactOptional(ms),
    }),
  ),
  startup: z.exactOptional(z.object({ timeoutMs: z.exactOptional(ms) })),
  request: z.exactOptional(z.object({ timeoutMs: z.exactOptional(someMs), maxInFlight: z.exactOptional(someCalls) })),
  health: z.exactOptional(z.object({ intervalMs: z.exactOptional(ms), unresponsiveAfterMs: z.exactOptional(ms) })),
  heartbeat: z.exactOptional(z.object({ intervalMs: z.exactOptional(someMs), timeoutMs: z.exactOptional(someMs) })),
  stop: z.exactOptional(z.object({ drainMs: z.exactOptional(ms), graceMs: z.exactOptional(ms) })),
  crash: z.exactOptional(
    z.object({ maxCrashes: z.exactOptional(count), windowMs: z.exactOptional(ms), stableAfterMs: z.exactOptional(ms) }),
  ),
};
const settingsSchema = z.object(settings);
const fileSchema = z.object({
  ...settings,
  $schema: z.exactOptional(z.string()),
  profiles: z.exactOptional(z.record(z.string(), settingsSchema)),
});

/** Settings of a profile. All are optional; durations are in ms. */
export type Settings = z.infer<typeof settingsSchema>;

export interface LoadedConfig {
  readonly path: string;
  readonly settings: Settings;
  /** Messages about ignored settings: an unknown key is reported, never fatal. */
  readonly warnings: readonly string[];
}

/**
 * With `DESKCLAW_HOME`, all data is in one portable folder, so the key is stored there too, unless the user sets
 * otherwise.
 */
export function deviceKeysChoice(settings: Settings, env: Environment): DeviceKeysChoice {
  const isOneFolder = env['DESKCLAW_HOME'] !== undefined && env['DESKCLAW_HOME'] !== '';
  return settings.deviceKeys ?? (isOneFolder ? 'file' : 'keyring');
}

/** The JSON Schema of the configuration file. */
export function configJsonSchema(): unknown {
  return z.toJSONSchema(fileSchema);
}

function invalid(source: string, fault: string): GatewayError {
  return new GatewayError(describeProblem('config.invalid', { source, fault }, nodeClock.wallTime()));
}

function unknownKeys(value: object, known: object, prefix: string): string[] {
  return Object.keys(value)
    .filter((key) => !(key in known))
    .map((key) => `${prefix}${key}`);
}

function readText(path: string): string | undefined {
  try {
    return readTextFile(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw invalid(path, `it cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function parseFile(
  path: string,
  text: string,
): { readonly file: z.infer<typeof fileSchema>; readonly warnings: string[] } {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    throw invalid(path, `it is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const parsed = z.safeParse(fileSchema, raw);
  if (!parsed.success) {
    const fault = firstFault(parsed.error.issues);
    throw invalid(path, fault.path === '' ? fault.message : `${fault.path}: ${fault.message}`);
  }
  const warnings =
    typeof raw === 'object' && raw !== null ? unknownKeys(raw, { ...settings, $schema: 0, profiles: 0 }, '') : [];
  return { file: parsed.data, warnings: warnings.map((key) => `${path}: unknown key "${key}" is ignored`) };
}

function portFrom(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !z.safeParse(port, value).success)
    throw invalid('DESKCLAW_PORT', `"${text}" is not a port (0 to 65535)`);
  return value;
}

function fromEnvironment(env: Environment): Settings {
  const gateway = env['DESKCLAW_GATEWAY'];
  const portText = env['DESKCLAW_PORT'];
  const path = env['DESKCLAW_OPENCLAW'];
  const trusted = env['DESKCLAW_TRUST_USERS'];
  const unknownPeers = env['DESKCLAW_TRUST_UNKNOWN_PEERS'];
  if (unknownPeers !== undefined && !['', 'true', 'false'].includes(unknownPeers))
    throw invalid('DESKCLAW_TRUST_UNKNOWN_PEERS', `"${unknownPeers}" is neither "true" nor "false"`);
  if (gateway !== undefined && gateway !== '' && gateway !== 'openclaw' && gateway !== 'builtin') {
    throw invalid('DESKCLAW_GATEWAY', `"${gateway}" is neither "openclaw" nor "builtin"`);
  }
  const deviceKeys = env['DESKCLAW_DEVICE_KEYS'];
  if (deviceKeys !== undefined && deviceKeys !== '' && deviceKeys !== 'keyring' && deviceKeys !== 'file') {
    throw invalid('DESKCLAW_DEVICE_KEYS', `"${deviceKeys}" is neither "keyring" nor "file"`);
  }
  return {
    ...(gateway === undefined || gateway === '' ? {} : { gateway }),
    ...(deviceKeys === undefined || deviceKeys === '' ? {} : { deviceKeys }),
    ...(path === undefined || path === '' ? {} : { openclaw: { path } }),
    ...(unknownPeers === undefined || unknownPeers === '' ? {} : { trustUnknownPeers: unknownPeers === 'true' }),
    ...(trusted === undefined || trusted === '' ? {} : { trustUsers: trusted.split(',').map((user) => user.trim()) }),
    ...(portText === undefined || portText === '' ? {} : { port: portFrom(portText) }),
  };
}

/**
 * Expands `~/` in the paths of a profile.
 * @throws GatewayError `config.invalid` for a relative working folder: it would depend on where the host stands.
 */
function expandPaths(settings: Settings, source: string, env: Environment): Settings {
  const { platform } = process;
  const home = homeFolder(env, platform);
  const expand = (path: string) => expandHome(path, home, platform);
  const { cwd, command, openclaw: chosen } = settings;
  if (cwd !== undefined && !pathRules(platform).isAbsolute(expand(cwd)))
    throw invalid(source, `cwd: "${cwd}" is relative; an absolute path or ~/... is needed`);
  const [program, ...args] = command ?? [];
  return {
    ...settings,
    ...(cwd === undefined ? {} : { cwd: expand(cwd) }),
    ...(program === undefined ? {} : { command: [expand(program), ...args] }),
    ...(chosen !== undefined && 'path' in chosen ? { openclaw: { path: expand(chosen.path) } } : {}),
  };
}

/**
 * Settings of a profile: environment over the profile's part of the file over the file's own top level.
 * @throws GatewayError `config.invalid`, naming the file or variable and the fault.
 */
export function loadConfig(path: string, profile: string, env: Environment): LoadedConfig {
  const text = readText(path);
  const { file, warnings } = text === undefined ? { file: {}, warnings: [] } : parseFile(path, text);
  const { profiles, $schema: _schema, ...base } = file;
  const settings = { ...base, ...profiles?.[profile], ...fromEnvironment(env) };
  return { path, warnings, settings: expandPaths(settings, path, env) };
}
