import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { decodeText } from '@deskclaw/host';
import { type ExitCode, exitCodes, findJsonFault, parseAsWritten, parseJson } from '@deskclaw/protocol';
import { UsageError } from '../exit.ts';
import { requireGateway } from '../host/host-connection.ts';
import { requireRunningGateway } from '../host/wait-for-gateway.ts';
import type { Shell } from '../shell.ts';

export interface CallOptions {
  /** ms. */
  readonly timeout?: number | undefined;
  /** `false`: fails at once while the gateway is being brought back. */
  readonly wait?: boolean | undefined;
}

/** The host keeps the deadline and says what it knows of the outcome; ours comes a little later, in case the host is stuck. */
const DEFAULT_TIMEOUT_MS = 30_000;
const HOST_MARGIN_MS = 5_000;

const EXCERPT = 60;

/** Returns an excerpt of the faulty line with a marker under the fault. */
function excerpt(text: string, line: number, column: number): string {
  const whole = text.split('\n')[line - 1] ?? '';
  const from = Math.max(0, column - 1 - EXCERPT / 2);
  return `${whole.slice(from, from + EXCERPT)}\n${' '.repeat(column - 1 - from)}^`;
}

async function readSource(source: string): Promise<string> {
  if (!source.startsWith('@') && source !== '-') return source;
  try {
    return decodeText(source === '-' ? await buffer(process.stdin) : await readFile(source.slice(1)));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`The parameters cannot be read: ${why}`, 'call');
  }
}

/**
 * Parameters of a call: JSON as given, `-` for standard input, `@path` for a file.
 * @throws UsageError naming the position of the fault.
 */
async function readParams(source: string): Promise<object> {
  const json = await readSource(source);
  const value = parseJson(json);
  const fault = value === undefined ? findJsonFault(json) : undefined;
  if (fault !== undefined) {
    const { line, column, position, expected } = fault;
    const where = `line ${String(line)}, column ${String(column)} (position ${String(position)})`;
    throw new UsageError(
      `The parameters are not JSON: expected ${expected} at ${where}.\n${excerpt(json, line, column)}`,
      'call',
    );
  }
  if (typeof value !== 'object' || value === null) {
    throw new UsageError(
      `The parameters must be a JSON object or array, not ${value === null ? 'null' : `a ${typeof value}`}.`,
      'call',
    );
  }
  // As it was typed, digit by digit: an id beyond 2^53 must not name another thing.
  const written = parseAsWritten(json);
  return typeof written === 'object' && written !== null ? written : value;
}

export async function call(
  shell: Shell,
  method: string,
  source: string | undefined,
  options: CallOptions,
): Promise<ExitCode> {
  if (method.trim() === '') throw new UsageError('The method name is empty.', 'call');
  const params = source === undefined ? undefined : await readParams(source);
  const { timeout, wait } = options;
  const limit = timeout === undefined ? undefined : { method, timeoutMs: timeout };
  const { client, waitedMs } = await requireRunningGateway(shell, { wait, limit });
  const timeoutMs = timeout === undefined ? DEFAULT_TIMEOUT_MS : Math.max(1, Math.ceil(timeout - waitedMs));
  const result = await client.call(
    'gateway.rpc',
    { method, timeoutMs, ...(params === undefined ? {} : { params }) },
    { timeoutMs: timeoutMs + HOST_MARGIN_MS, numbers: 'as-written' },
  );
  if (shell.json) shell.document('call', { method, result });
  else shell.printJson(result);
  return exitCodes.ok;
}

export async function methods(shell: Shell): Promise<ExitCode> {
  const { client } = await requireGateway(shell);
  const offered = await client.call('gateway.methods');
  if (shell.json) {
    shell.document('methods', offered);
    return exitCodes.ok;
  }
  shell.data(...offered.methods);
  shell.message(
    offered.source === 'advertised'
      ? `${String(offered.methods.length)} methods, as the gateway reports.`
      : `${String(offered.methods.length)} known methods; this gateway does not report which it offers.`,
  );
  return exitCodes.ok;
}
