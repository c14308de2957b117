import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { parseJson, type StartRequest } from '@deskclaw/protocol';
import * as z from 'zod/mini';

const schema = z.strictObject({
  gateway: z.exactOptional(z.enum(['openclaw', 'builtin'])),
  command: z.exactOptional(z.array(z.string()).check(z.minLength(1))),
  port: z.exactOptional(z.number().check(z.int(), z.minimum(0), z.maximum(65_535))),
  timeoutMs: z.exactOptional(z.number().check(z.positive())),
});

/** Stores the request atomically with mode 0600: a command may carry secrets. @throws what the file system says. */
export function saveLastStart(path: string, request: StartRequest): void {
  const draft = `${path}.${String(process.pid)}.new`;
  writeFileSync(draft, `${JSON.stringify(request)}\n`, { mode: 0o600 });
  renameSync(draft, path);
}

/** Returns the stored request; `undefined` if there is none or it cannot be read. */
export function loadLastStart(path: string): StartRequest | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  const parsed = z.safeParse(schema, parseJson(text));
  return parsed.success ? parsed.data : undefined;
}
