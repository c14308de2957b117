import { isMasked, maskCommand } from '@deskclaw/core/internal';
import { isObject, type StartRequest } from '@deskclaw/protocol';
import { readJsonFile, writeJsonFile } from './json-file.ts';

/** The request of the last start, and under which settings it was made. */
export interface LastStart {
  readonly request: StartRequest;
  /** What the settings said about the program and its port (`settingsMark`). Missing in files of DeskClaw before 0.3. */
  readonly settings?: string;
}

/** Stores a start atomically with mode 0600, without the secret arguments of its command. @throws what the file system says. */
export function saveLastStart(path: string, { request, settings }: LastStart): void {
  const command = request.command === undefined ? {} : { command: maskCommand(request.command) };
  writeJsonFile(path, { ...request, ...command, ...(settings === undefined ? {} : { settings }) });
}

function isCommand(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((part) => typeof part === 'string');
}

function isPort(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 65_535;
}

/** Whether a key is missing or has a value that fits. */
function fits(value: unknown, isValid: (value: unknown) => boolean): boolean {
  return value === undefined || isValid(value);
}

const isText = (value: unknown): value is string => typeof value === 'string';

/**
 * Returns the stored start; `undefined` if there is none or it cannot be read. Unknown keys, of a newer version, are left out.
 * Every `status` reads it, so it is checked without a schema library.
 */
export function loadLastStart(file: string): LastStart | undefined {
  const stored = readJsonFile(file);
  if (!isObject(stored)) return undefined;
  const { gateway, command, cwd, port, path, timeoutMs, settings } = stored;
  const isValid =
    fits(gateway, (value) => value === 'openclaw' || value === 'builtin') &&
    fits(command, isCommand) &&
    fits(cwd, isText) &&
    fits(port, isPort) &&
    fits(path, isText) &&
    fits(timeoutMs, (value) => typeof value === 'number' && value > 0) &&
    fits(settings, isText);
  if (!isValid) return undefined;
  return {
    request: {
      ...(gateway === 'openclaw' || gateway === 'builtin' ? { gateway } : {}),
      ...(isCommand(command) ? { command } : {}),
      ...(isText(cwd) ? { cwd } : {}),
      ...(isPort(port) ? { port } : {}),
      ...(isText(path) ? { path } : {}),
      ...(typeof timeoutMs === 'number' ? { timeoutMs } : {}),
    },
    ...(isText(settings) ? { settings } : {}),
  };
}

/** Returns what the next start without options repeats: all but the timeout, which belongs to one start only. */
export function choiceOf({ timeoutMs: _timeout, ...choice }: StartRequest): StartRequest {
  return choice;
}

/** Whether a command was stored without its secret arguments, so that it cannot be run again. */
export function lacksSecrets({ command = [] }: StartRequest): boolean {
  return command.some(isMasked);
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
