import { parseEnv } from 'node:util';
import type { Environment } from '@deskclaw/core';
import { type Files, readIfPossible } from '@deskclaw/core/internal';
import { isObject } from '@deskclaw/protocol';
import { type Config, type ConfigRead, section } from './config-file.ts';
import { pathRules, type SystemInfo, variable } from './system-info.ts';

/** A variable as the gateway will see it, and where it was set. */
export interface FoundVariable {
  readonly value: string;
  readonly source: string;
}
export type Lookup = (name: string) => FoundVariable | undefined;

interface Layer {
  readonly values: Environment;
  readonly source: (name: string) => string;
}

function configLayer(config: Config, configPath: string): Layer {
  const env = section(config, 'env') ?? {};
  // `env.vars` is today's place; older configurations name variables in `env` itself.
  const named = [...Object.entries(env), ...Object.entries(section(config, 'env', 'vars') ?? {})];
  const values = Object.fromEntries(named.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  return { values, source: (name) => `${configPath}: env.vars.${name}` };
}

/**
 * The variables that a gateway sees, in OpenClaw's order: its environment, `.env` in its state folder,
 * and the `env` block of its configuration.
 */
export async function gatewayVariables(
  stateDir: string,
  read: ConfigRead,
  configPath: string,
  system: SystemInfo,
  files: Files,
): Promise<Lookup> {
  const dotenvPath = pathRules(system.platform).join(stateDir, '.env');
  const dotenv = await readIfPossible(files, dotenvPath);
  const layers: readonly Layer[] = [
    { values: system.env, source: (name) => name },
    { values: dotenv === undefined ? {} : parseEnv(dotenv), source: (name) => `${dotenvPath}: ${name}` },
    ...(read.kind === 'read' ? [configLayer(read.config, configPath)] : []),
  ];
  return (name) => {
    for (const { values, source } of layers) {
      const value = variable(values, name);
      if (value !== undefined) return { value, source: source(name) };
    }
    return undefined;
  };
}

export type ResolvedSecret =
  | { readonly kind: 'unset' }
  | { readonly kind: 'known'; readonly value: string; readonly source: string }
  /** Set, but only OpenClaw itself can resolve the value. */
  | { readonly kind: 'unresolved'; readonly place: string; readonly why: string };

const reference = /(?<escaped>\$)?\$\{(?<name>[A-Z_][A-Z0-9_]*)\}/g;
const shorthand = /^\$(?<name>[A-Z][A-Z0-9_]{0,127})$/;

function fromVariable(name: string, place: string, lookup: Lookup): ResolvedSecret {
  const found = lookup(name);
  return found === undefined
    ? { kind: 'unresolved', place, why: `it refers to the variable ${name}, which is not set` }
    : { kind: 'known', value: found.value, source: found.source };
}

function fromText(text: string, place: string, lookup: Lookup): ResolvedSecret {
  const whole =
    shorthand.exec(text)?.groups?.['name'] ?? /^\$\{(?<name>[A-Z_][A-Z0-9_]*)\}$/.exec(text)?.groups?.['name'];
  if (whole !== undefined) return fromVariable(whole, place, lookup);
  let missing: string | undefined;
  const value = text.replace(reference, (match, escaped: string | undefined, name: string) => {
    if (escaped !== undefined) return match.slice(1);
    const found = lookup(name);
    if (found === undefined) missing ??= name;
    return found?.value ?? '';
  });
  if (missing !== undefined) return fromVariable(missing, place, lookup);
  return value === '' ? { kind: 'unset' } : { kind: 'known', value, source: place };
}

/**
 * A secret as the configuration gives it: plain, with `${NAME}` in it, or as a reference (`{ source, provider, id }`).
 * Only references to variables can be followed from outside.
 * @param place where it stands, for people: `<path>: gateway.auth.token`.
 */
export function resolveSecret(value: unknown, place: string, lookup: Lookup): ResolvedSecret {
  if (typeof value === 'string') {
    const text = value.trim();
    return text === '' ? { kind: 'unset' } : fromText(text, place, lookup);
  }
  if (value === undefined || value === null) return { kind: 'unset' };
  if (isObject(value) && value['source'] === 'env' && typeof value['id'] === 'string') {
    return fromVariable(value['id'], place, lookup);
  }
  const source = isObject(value) && typeof value['source'] === 'string' ? ` (${value['source']})` : '';
  return { kind: 'unresolved', place, why: `it is a secret reference${source} that only OpenClaw can follow` };
}
