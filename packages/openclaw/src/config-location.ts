import type { Files } from '@deskclaw/core/internal';
import { pathRules, type SystemInfo, variable } from './system-info.ts';

export interface ConfigLocation {
  readonly stateDir: string;
  readonly configPath: string;
}

/** Returns a variable, or `undefined` if it is blank or holds "undefined" or "null", which OpenClaw also treats as unset. */
function setVariable(env: SystemInfo['env'], name: string): string | undefined {
  const value = variable(env, name);
  return value === 'undefined' || value === 'null' ? undefined : value;
}

/** Returns the value of `OPENCLAW_PROFILE` if OpenClaw would accept it as a profile name. */
export function profileName(env: SystemInfo['env']): string | undefined {
  const name = setVariable(env, 'OPENCLAW_PROFILE');
  return name !== undefined && name.toLowerCase() !== 'default' && /^[a-z0-9][a-z0-9_-]{0,63}$/i.test(name)
    ? name
    : undefined;
}

/** Expands a leading `~` and makes a path absolute. */
export function resolvePath(value: string, home: string, system: SystemInfo): string {
  const path = pathRules(system.platform);
  if (value === '~') return home;
  return /^~[\\/]/.test(value) ? path.join(home, value.slice(2)) : path.resolve(value);
}

/** `OPENCLAW_HOME`, else the account's own. */
export function openClawHome(system: SystemInfo): string {
  const named = setVariable(system.env, 'OPENCLAW_HOME');
  const home = setVariable(system.env, 'HOME') ?? setVariable(system.env, 'USERPROFILE') ?? system.home;
  return named === undefined ? home : resolvePath(named, home, system);
}

async function defaultStateDir(home: string, system: SystemInfo, files: Files): Promise<string> {
  const path = pathRules(system.platform);
  const profile = profileName(system.env);
  const suffix = profile === undefined ? '' : `-${profile}`;
  const current = path.join(home, `.openclaw${suffix}`);
  if (suffix !== '' || (await files.realpath(current)) !== undefined) return current;
  // The name before OpenClaw's; still used where only it exists.
  const former = path.join(home, '.clawdbot');
  return (await files.realpath(former)) === undefined ? current : former;
}

/**
 * Where OpenClaw keeps its state and its configuration, by its own rules:
 * `OPENCLAW_CONFIG_PATH`, `OPENCLAW_STATE_DIR`, `OPENCLAW_PROFILE`, `OPENCLAW_HOME`, `~/.openclaw`.
 * @param stateDir a setting of ours that wins over `OPENCLAW_STATE_DIR`.
 */
export async function locateConfig(
  stateDir: string | undefined,
  system: SystemInfo,
  files: Files,
): Promise<ConfigLocation> {
  const path = pathRules(system.platform);
  const home = openClawHome(system);
  const named = stateDir ?? setVariable(system.env, 'OPENCLAW_STATE_DIR');
  const state = named === undefined ? await defaultStateDir(home, system, files) : resolvePath(named, home, system);
  const config = setVariable(system.env, 'OPENCLAW_CONFIG_PATH');
  if (config !== undefined) return { stateDir: state, configPath: resolvePath(config, home, system) };
  const current = path.join(state, 'openclaw.json');
  const former = path.join(state, 'clawdbot.json');
  const useFormer = (await files.realpath(current)) === undefined && (await files.realpath(former)) !== undefined;
  return { stateDir: state, configPath: useFormer ? former : current };
}
