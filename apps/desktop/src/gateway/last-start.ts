import { readFileSync } from 'node:fs';
import { isObject, parseJson, type StartRequest } from '@deskclaw/protocol';

function isCommand(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((part) => typeof part === 'string');
}

/** What the kept text says of which gateway it was; how long to wait for it is another start's business. */
export function readLastStart(text: string): StartRequest | undefined {
  const kept = parseJson(text);
  if (!isObject(kept)) return undefined;
  const { gateway, command, port } = kept;
  return {
    ...(gateway === 'openclaw' || gateway === 'builtin' ? { gateway } : {}),
    ...(isCommand(command) ? { command } : {}),
    ...(typeof port === 'number' ? { port } : {}),
  };
}

/** Which gateway a host of the profile was last asked for, by whatever shell; hosts keep it in the file. */
export function lastStart(file: string): StartRequest | undefined {
  try {
    return readLastStart(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
