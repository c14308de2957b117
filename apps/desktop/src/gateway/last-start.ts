import { readFileSync } from 'node:fs';
import { isObject, parseJson, type StartRequest } from '@deskclaw/protocol';

function isCommand(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((part) => typeof part === 'string');
}

/** Parses a stored start request. The timeout is left out: it belongs to one start only. */
export function readLastStart(text: string): StartRequest | undefined {
  const stored = parseJson(text);
  if (!isObject(stored)) return undefined;
  const { gateway, command, port, path } = stored;
  return {
    ...(gateway === 'openclaw' || gateway === 'builtin' ? { gateway } : {}),
    ...(isCommand(command) ? { command } : {}),
    ...(typeof port === 'number' ? { port } : {}),
    ...(typeof path === 'string' ? { path } : {}),
  };
}

/** Reads the last start request of the profile from the file that hosts write; `undefined` without one. */
export function lastStart(file: string): StartRequest | undefined {
  try {
    return readLastStart(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
