import { maskCommand, maskUrl, Redactor } from '@deskclaw/core/internal';
import * as z from 'zod/mini';
import type { AlertTarget } from '../alerts/alert-settings.ts';
import { type JsonPath, valueAt } from '../schema/json-edit.ts';
import { type Settings, settingsSchema } from './settings-schema.ts';

const MASK = '[redacted]';

function maskTarget(target: AlertTarget, maskWords: (words: readonly string[]) => readonly string[]): AlertTarget {
  if (target.kind === 'command') return { ...target, command: [...maskWords(target.command)] };
  return 'url' in target && target.url !== undefined ? { ...target, url: maskUrl(target.url) } : target;
}

/**
 * Returns settings that may be shown on a page: every value of `env` and `headers`, credentials in `url`, queries of paths, and words
 * of `command` that are secrets by their option or their shape are masked. The file itself stays as it is.
 */
export function maskSettings(settings: Settings): Settings {
  const redactor = new Redactor();
  const { env, headers, command, url, path, healthPath, alerts } = settings;
  const maskWords = (words: readonly string[]) => maskCommand(words).map((word) => redactor.text(word));
  return {
    ...settings,
    ...(env && { env: Object.fromEntries(Object.keys(env).map((name) => [name, MASK])) }),
    ...(headers && { headers: Object.fromEntries(Object.keys(headers).map((name) => [name, MASK])) }),
    ...(command && { command: maskWords(command) }),
    ...(url !== undefined && { url: maskUrl(url) }),
    ...(path !== undefined && { path: maskUrl(path) }),
    ...(healthPath !== undefined && { healthPath: maskUrl(healthPath) }),
    ...(alerts && {
      alerts: { ...alerts, targets: alerts.targets?.map((target) => maskTarget(target, maskWords)) ?? [] },
    }),
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
