import { Redactor } from '@deskclaw/core/internal';
import type { Settings } from './config.ts';

const MASK = '[redacted]';
/** Names of options whose value is a secret: `--token X`, `--api-key=X`. */
const secretOption = /^(--?[\w-]*(?:token|secret|passw(?:or)?d|passphrase|api-?key|auth|credential|bearer)[\w-]*)(=?)/i;

function maskCommand(command: readonly string[], redactor: Redactor): string[] {
  let isValue = false;
  return command.map((word) => {
    const [, option, equals] = secretOption.exec(word) ?? [];
    const masked = isValue && !word.startsWith('-');
    isValue = option !== undefined && equals === '';
    if (masked) return MASK;
    return option !== undefined && equals === '=' ? `${option}=${MASK}` : redactor.text(word);
  });
}

function maskUrl(text: string): string {
  const url = new URL(text);
  if (url.username !== '') url.username = MASK;
  if (url.password !== '') url.password = MASK;
  for (const key of url.searchParams.keys()) url.searchParams.set(key, MASK);
  return decodeURI(url.href);
}

/** Masks the query: a path may carry a token there. */
function maskPath(path: string): string {
  return path.replace(/\?.*$/s, `?${MASK}`);
}

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
    ...(command && { command: maskCommand(command, redactor) }),
    ...(url !== undefined && { url: maskUrl(url) }),
    ...(path !== undefined && { path: maskPath(path) }),
    ...(healthPath !== undefined && { healthPath: maskPath(healthPath) }),
  };
}
