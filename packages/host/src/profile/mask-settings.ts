import { maskCommand, maskUrl, Redactor } from '@deskclaw/core/internal';
import * as z from 'zod/mini';
import { type JsonPath, valueAt } from '../schema/json-edit.ts';
import { type Settings, settingsSchema } from './settings-schema.ts';

const MASK = '[redacted]';

/**
 * Returns settings that may be shown on a page: every value of `env` and `headers`, credentials in `url`, queries of paths, and words
 * of `command` that are secrets by their option or their shape are masked. The file itself stays as it is.
 */
export function maskSettings(settings: Settings): Settings {
  const redactor = new Redactor();
  const { env, headers, command, url, path, healthPath } = settings;
  return {
    ...settings,
    ...(env && { env: Object.fromEntries(Object.keys(env).map((name) => [name, MASK])) }),
    ...(headers && { headers: Object.fromEntries(Object.keys(headers).map((name) => [name, MASK])) }),
    ...(command && { command: maskCommand(command).map((word) => redactor.text(word)) }),
    ...(url !== undefined && { url: maskUrl(url) }),
    ...(path !== undefined && { path: maskUrl(path) }),
    ...(healthPath !== undefined && { healthPath: maskUrl(healthPath) }),
  };
}

/** Returns the value of one setting as it may be shown; one that does not fit the schema is not shown at all. */
export function maskSetting(path: JsonPath, value: unknown): unknown {
  const parsed = z.safeParse(
    settingsSchema,
    path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value),
  );
  return parsed.success ? valueAt(maskSettings(parsed.data), path) : MASK;
}
