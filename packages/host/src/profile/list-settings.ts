import type { Environment } from '@deskclaw/core';
import { isObject } from '@deskclaw/protocol';
import { expectedRange, expectedType, type SchemaNode, schemaAt } from '../schema/expected-value.ts';
import { valueAt } from '../schema/json-edit.ts';
import { loadConfig, readSettingsFile } from './config.ts';
import { maskSettings } from './mask-settings.ts';
import { findSetting, settingNames, variableOf } from './setting-keys.ts';
import { settingsNode } from './settings-schema.ts';

/** A setting, its value in force and where that comes from. */
export interface ListedSetting {
  readonly key: string;
  /** Secrets are masked. Absent: it is not set, and its default applies. */
  readonly value?: unknown;
  readonly from: 'environment' | 'profile' | 'all-profiles' | 'default';
  /** The variable that it comes from. */
  readonly variable?: string;
  readonly type: string;
  readonly description?: string;
}

function typeOf(node: SchemaNode): string {
  if (node.type === 'integer') return expectedRange(node);
  if (node.type === 'array' && node.items !== undefined)
    return `a list of ${node.items.anyOf === undefined ? 'texts' : 'names and numbers'}`;
  return expectedType(node);
}

/** Returns every setting with its value and where that comes from, in the order of the schema; each variable of `env` by itself. */
export function listSettings(path: string, profile: string, env: Environment): readonly ListedSetting[] {
  const { settings } = loadConfig(path, profile, env);
  const masked: unknown = maskSettings(settings);
  const file = readSettingsFile(path);
  const names = settingNames().flatMap((key) => {
    const value = valueAt(masked, [key]);
    return key === 'env' && isObject(value) ? Object.keys(value).map((name) => `env.${name}`) : [key];
  });
  return names.flatMap((key) => {
    const setting = findSetting(key);
    if (setting === undefined) return [];
    const value = valueAt(masked, setting.path);
    const variable = variableOf(setting, env);
    const { description } = schemaAt(settingsNode(), setting.path) ?? {};
    const isOwn = valueAt(file, ['profiles', profile, ...setting.path]) !== undefined;
    const from =
      value === undefined ? 'default' : variable !== undefined ? 'environment' : isOwn ? 'profile' : 'all-profiles';
    return [
      {
        key,
        ...(value === undefined ? {} : { value }),
        from,
        ...(from === 'environment' && variable !== undefined ? { variable } : {}),
        type: typeOf(setting.node),
        ...(description === undefined ? {} : { description }),
      },
    ];
  });
}
