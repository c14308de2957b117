import { isObject, parseJson } from '@deskclaw/protocol';
import * as z from 'zod/mini';
import { closestName } from '../schema/closest-name.ts';
import { convertText, describeMismatch, propertySchema, type SchemaNode } from '../schema/expected-value.ts';
import { valueAt } from '../schema/json-edit.ts';
import { type Settings, settingsNode, settingsSchema } from './settings-schema.ts';

/** A setting that a dotted key names. */
export interface SettingKey {
  readonly key: string;
  readonly path: readonly [keyof Settings & string, ...string[]];
  readonly node: SchemaNode;
}

/** When a running host uses a changed setting: at once, at the next start of the gateway, or at the next start of the host. */
export type TakesEffect = 'now' | 'gateway-start' | 'host-start';

const takesEffect: Readonly<Record<keyof Settings, TakesEffect>> = {
  openclaw: 'gateway-start',
  gateway: 'gateway-start',
  repair: 'gateway-start',
  command: 'gateway-start',
  cwd: 'gateway-start',
  env: 'gateway-start',
  mode: 'gateway-start',
  host: 'gateway-start',
  port: 'gateway-start',
  url: 'gateway-start',
  path: 'gateway-start',
  healthPath: 'gateway-start',
  headers: 'gateway-start',
  protocols: 'gateway-start',
  ready: 'gateway-start',
  dialect: 'gateway-start',
  auth: 'gateway-start',
  deviceKeys: 'gateway-start',
  trustUsers: 'gateway-start',
  trustUnknownPeers: 'gateway-start',
  startup: 'gateway-start',
  stop: 'gateway-start',
  alerts: 'now',
  dashboard: 'now',
  metrics: 'host-start',
  mcp: 'now',
  recovery: 'gateway-start',
  // The manager takes these once, when the host starts.
  reconnect: 'host-start',
  request: 'host-start',
  health: 'host-start',
  heartbeat: 'host-start',
  crash: 'host-start',
};

/** Variables that win over a setting. */
const variables: Readonly<Partial<Record<keyof Settings, string>>> = {
  gateway: 'DESKCLAW_GATEWAY',
  port: 'DESKCLAW_PORT',
  openclaw: 'DESKCLAW_OPENCLAW',
  deviceKeys: 'DESKCLAW_DEVICE_KEYS',
  trustUsers: 'DESKCLAW_TRUST_USERS',
  trustUnknownPeers: 'DESKCLAW_TRUST_UNKNOWN_PEERS',
};

export function effectOf({ path: [top] }: SettingKey): TakesEffect {
  return takesEffect[top];
}

/** Returns the variable that sets this setting in an environment, and so wins over the file. */
export function variableOf(
  { path: [top] }: SettingKey,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const name = variables[top];
  return name !== undefined && (env[name] ?? '') !== '' ? name : undefined;
}

function isTopKey(key: string): key is keyof Settings & string {
  return Object.hasOwn(takesEffect, key);
}

function leaves(node: SchemaNode, prefix: string): readonly string[] {
  const { properties, anyOf } = node;
  if (anyOf?.some((choice) => choice.properties !== undefined)) return anyOf.flatMap((each) => leaves(each, prefix));
  if (properties === undefined) return [prefix];
  return Object.entries(properties).flatMap(([key, inner]) => leaves(inner, prefix === '' ? key : `${prefix}.${key}`));
}

/** Returns the keys of all settings; `env` stands for every variable below it. */
export function settingNames(): readonly string[] {
  return leaves(settingsNode(), '');
}

/** Returns the setting that a dotted key names; `undefined` for an unknown one. Below `env`, the rest is the name of a variable. */
export function findSetting(key: string): SettingKey | undefined {
  const [top = '', ...rest] = key.split('.');
  if (!isTopKey(top)) return undefined;
  const inner = top === 'env' && rest.length > 0 ? [rest.join('.')] : rest;
  const node = inner.reduce<SchemaNode | undefined>(
    (found, part) => (found === undefined || part === '' ? undefined : propertySchema(found, part)),
    propertySchema(settingsNode(), top),
  );
  return node === undefined ? undefined : { key, path: [top, ...inner], node };
}

/** Returns the key that was probably meant by an unknown one. */
export function suggestSetting(key: string): string | undefined {
  const names = settingNames();
  return closestName(key, [...names, ...new Set(names.map((name) => name.split('.')[0] ?? name))]);
}

export type ParsedSetting =
  | { readonly ok: true; readonly value: unknown }
  /** `message`: "port must be a number, not "abc"". */
  | { readonly ok: false; readonly message: string };

function show(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return isObject(value) ? 'an object' : JSON.stringify(value);
}

function endSentence(text: string): string {
  return text.endsWith('?') ? text : `${text}.`;
}

function parseWords(node: SchemaNode, words: readonly string[]): unknown {
  const [first = ''] = words;
  if (node.type === 'object' || (node.anyOf?.some(({ properties }) => properties !== undefined) ?? false))
    return parseJson(first);
  if (node.type !== 'array') return convertText(node, first);
  const list = words.length === 1 && first.trimStart().startsWith('[') ? parseJson(first) : undefined;
  return list ?? words.map((word) => (node.items === undefined ? word : convertText(node.items, word)));
}

/** Returns the value that words of a command line stand for, by the type of the setting. A list is JSON, or one word for each item. */
export function parseSetting({ key, path, node }: SettingKey, words: readonly string[]): ParsedSetting {
  const [first = ''] = words;
  if (words.length > 1 && node.type !== 'array')
    return {
      ok: false,
      message: `${key} takes one value, and ${String(words.length)} were given. Quote a value that has blanks.`,
    };
  const value = parseWords(node, words);
  if (value === undefined) {
    const message = node.type === 'object' ? 'must be an object as JSON' : describeMismatch(node, first, show);
    return { ok: false, message: endSentence(`${key} ${message}`) };
  }
  const root = path.reduceRight<unknown>((inner, part) => ({ [part]: inner }), value);
  const parsed = z.safeParse(settingsSchema, root);
  if (parsed.success) {
    const unknown = isObject(value)
      ? Object.keys(value).find((part) => valueAt(parsed.data, [...path, part]) === undefined)
      : undefined;
    return unknown === undefined
      ? { ok: true, value }
      : { ok: false, message: `There is no setting "${key}.${unknown}".` };
  }
  const [issue] = parsed.error.issues;
  const at = (issue?.path ?? path).map(String);
  const inner = at
    .slice(path.length)
    .reduce<SchemaNode>((found, part) => propertySchema(found, part) ?? found.items ?? found, node);
  return {
    ok: false,
    message: endSentence(
      `${[key, ...at.slice(path.length)].join('.')} ${describeMismatch(inner, valueAt(root, at), show)}`,
    ),
  };
}
