import { maskCommand, maskUrl, Redactor } from '@deskclaw/core/internal';
import type { Settings } from './config.ts';

const MASK = '[redacted]';
/**
 * Returns settings that may be shown on a page: every value of `env`, credentials in `url`, queries of paths, and words
 * of `command` that are secrets by their option or their shape are masked. The file itself stays as it is.
 */
export function maskSettings(settings: Settings): Settings {
  const redactor = new Redactor();
  const { env, command, url, path, healthPath } = settings;
  return {
    ...settings,
    ...(env && { env: Object.fromEntries(Object.keys(env).map((name) => [name, MASK])) }),
    ...(command && { command: maskCommand(command).map((word) => redactor.text(word)) }),
    ...(url !== undefined && { url: maskUrl(url) }),
    ...(path !== undefined && { path: maskUrl(path) }),
    ...(healthPath !== undefined && { healthPath: maskUrl(healthPath) }),
  };
}
