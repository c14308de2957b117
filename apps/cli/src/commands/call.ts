import { type ExitCode, exitCodes } from '@deskclaw/protocol';
import { readParams } from '../command-line/json-params.ts';
import { UsageError } from '../exit.ts';
import { requireGateway } from '../host/require-host.ts';
import type { Shell } from '../shell.ts';

export interface CallOptions {
  /** ms. */
  readonly timeout?: number | undefined;
}

/** The host keeps the deadline and says what it knows of the outcome; ours comes a little later, in case the host is stuck. */
const DEFAULT_TIMEOUT_MS = 30_000;
const HOST_MARGIN_MS = 5_000;

export async function call(
  shell: Shell,
  method: string,
  source: string | undefined,
  options: CallOptions,
): Promise<ExitCode> {
  if (method.trim() === '') throw new UsageError('The method name is empty.', 'call');
  const params = source === undefined ? undefined : await readParams(source);
  const { client } = await requireGateway(shell);
  const timeoutMs = options.timeout ?? DEFAULT_TIMEOUT_MS;
  const result = await client.call(
    'gateway.rpc',
    { method, timeoutMs, ...(params === undefined ? {} : { params }) },
    { timeoutMs: timeoutMs + HOST_MARGIN_MS },
  );
  if (shell.json) shell.document('call', { method, result });
  else shell.data(JSON.stringify(result, undefined, shell.out.interactive ? 2 : undefined));
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
