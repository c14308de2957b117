import type { Files } from '@deskclaw/core/internal';
import { isObject } from '@deskclaw/protocol';
import JSON5 from 'json5';
import type { PathRules } from './system-info.ts';

export type Config = Readonly<Record<string, unknown>>;
export type ConfigRead =
  | { readonly kind: 'absent' }
  | { readonly kind: 'read'; readonly config: Config }
  /** `path` is the faulty file: an included one, or the configuration itself. */
  | { readonly kind: 'faulty'; readonly path: string; readonly fault: string };

/** OpenClaw's own limit for files that include files. */
const MAX_INCLUDES_DEEP = 10;

class ConfigFault extends Error {
  readonly path: string;
  constructor(path: string, fault: string) {
    super(fault);
    this.path = path;
  }
}

function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function parse(text: string, path: string): unknown {
  try {
    return JSON5.parse(text);
  } catch (error) {
    throw new ConfigFault(path, `it is not JSON5: ${errorMessage(error).replace(/^JSON5: /, '')}`);
  }
}

/** Later files win; objects are merged, lists are joined, as OpenClaw does. */
function merge(under: unknown, over: unknown): unknown {
  if (Array.isArray(under) && Array.isArray(over)) return [...under, ...over];
  if (!isObject(under) || !isObject(over)) return over;
  // Made of entries, here and below: assigning would let a key "__proto__" change the object itself.
  const merged = new Map(Object.entries(under));
  for (const [key, value] of Object.entries(over)) {
    merged.set(key, merged.has(key) ? merge(merged.get(key), value) : value);
  }
  return Object.fromEntries(merged);
}

interface Reader {
  readonly files: Files;
  readonly path: PathRules;
}

async function include(names: unknown, from: string, depth: number, reader: Reader): Promise<unknown> {
  const list: readonly unknown[] = Array.isArray(names) ? names : [names];
  let merged: unknown = {};
  for (const name of list) {
    if (typeof name !== 'string') throw new ConfigFault(from, '"$include" must name a file or list files');
    const target = reader.path.resolve(reader.path.dirname(from), name);
    merged = merge(merged, await readTree(target, depth + 1, reader));
  }
  return merged;
}

async function expand(value: unknown, from: string, depth: number, reader: Reader): Promise<unknown> {
  if (!isObject(value)) return value;
  const entries: [string, unknown][] = [];
  for (const [key, inner] of Object.entries(value)) {
    if (key !== '$include') entries.push([key, await expand(inner, from, depth, reader)]);
  }
  const own = Object.fromEntries(entries);
  return Object.hasOwn(value, '$include') ? merge(await include(value['$include'], from, depth, reader), own) : own;
}

async function readTree(path: string, depth: number, reader: Reader): Promise<unknown> {
  if (depth > MAX_INCLUDES_DEEP)
    throw new ConfigFault(path, `files include each other more than ${String(MAX_INCLUDES_DEEP)} deep`);
  let text: string | undefined;
  try {
    text = await reader.files.read(path);
  } catch (error) {
    throw new ConfigFault(path, `it cannot be read: ${errorMessage(error)}`);
  }
  if (text === undefined) throw new ConfigFault(path, 'it is included but does not exist');
  return expand(parse(text, path), path, depth, reader);
}

/** Reads OpenClaw's configuration: JSON5, with `$include`. Says what is wrong where it is wrong, and never what a value is. */
export async function readConfig(configPath: string, files: Files, path: PathRules): Promise<ConfigRead> {
  if ((await files.realpath(configPath)) === undefined) return { kind: 'absent' };
  try {
    const config = await readTree(configPath, 0, { files, path });
    if (!isObject(config)) throw new ConfigFault(configPath, 'it must be an object');
    return { kind: 'read', config };
  } catch (error) {
    if (error instanceof ConfigFault) return { kind: 'faulty', path: error.path, fault: error.message };
    throw error;
  }
}

/** A part of the configuration by its keys; `undefined` where it is missing or not an object. */
export function section(config: Config | undefined, ...keys: readonly string[]): Config | undefined {
  let current: Config | undefined = config;
  for (const key of keys) {
    const inner = current?.[key];
    current = isObject(inner) ? inner : undefined;
  }
  return current;
}
