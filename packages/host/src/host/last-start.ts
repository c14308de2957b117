import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isMasked, maskCommand } from '@deskclaw/core/internal';
import { parseJson, type StartRequest } from '@deskclaw/protocol';
import * as z from 'zod/mini';

const startRequestSchema = z.strictObject({
  gateway: z.exactOptional(z.enum(['openclaw', 'builtin'])),
  command: z.exactOptional(z.array(z.string()).check(z.minLength(1))),
  cwd: z.exactOptional(z.string()),
  port: z.exactOptional(z.number().check(z.int(), z.minimum(0), z.maximum(65_535))),
  timeoutMs: z.exactOptional(z.number().check(z.positive())),
});

/** Stores the request atomically with mode 0600, without the secret arguments of its command. @throws what the file system says. */
export function saveLastStart(path: string, request: StartRequest): void {
  const stored = request.command === undefined ? request : { ...request, command: maskCommand(request.command) };
  const draft = `${path}.${String(process.pid)}.new`;
  writeFileSync(draft, `${JSON.stringify(stored)}\n`, { mode: 0o600 });
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
  const parsed = z.safeParse(startRequestSchema, parseJson(text));
  return parsed.success ? parsed.data : undefined;
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}

/** Matches an argument as the process was given it: with a host and port in place of the placeholders. */
function argumentPattern(word: string): string {
  if (!isMasked(word)) return escapeRegExp(word).replaceAll(/\\\{\w+\\\}/g, String.raw`\S+`);
  const [before = '', after = ''] = word.split('[redacted]').map(escapeRegExp);
  return `(${before}.+?${after})`;
}

/**
 * Puts the secret arguments back, as the command line of the running process shows them. Returns `undefined` if it does not
 * show them.
 */
export function restoreSecrets(request: StartRequest, commandLine: string | undefined): StartRequest | undefined {
  const { command } = request;
  if (command === undefined || !command.some(isMasked)) return request;
  const [, ...args] = command;
  const found = new RegExp(` ${args.map(argumentPattern).join(' ')}$`, 's').exec(commandLine ?? '');
  if (found === null) return undefined;
  const secrets = found.slice(1);
  return { ...request, command: command.map((word) => (isMasked(word) ? (secrets.shift() ?? word) : word)) };
}
