import { resolve } from 'node:path';
import { type ControlClient, GatewayError } from '@deskclaw/core';
import { expandHome, homeFolder, maskCommand, type StartFlags, withStartFlags } from '@deskclaw/host';
import type { StartRequest } from '@deskclaw/protocol';

/** Options of `start`, parsed; durations in ms. */
export interface StartOptions {
  readonly gateway?: 'openclaw' | 'builtin' | undefined;
  readonly command?: readonly [string, ...string[]] | undefined;
  readonly port?: number | undefined;
  readonly path?: string | undefined;
  readonly timeout?: number | undefined;
  /** Port on which the host serves its metrics. */
  readonly metricsPort?: number | undefined;
  readonly install?: true | undefined;
  readonly foreground?: true | undefined;
}

/** Where this command was typed; nothing where that folder was removed. */
function currentFolder(): string | undefined {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
}

/** Returns the program and the folder that it runs in by default: the host stands elsewhere, so paths are made absolute here. */
function typedCommand([program, ...args]: readonly [string, ...string[]]): Pick<StartRequest, 'command' | 'cwd'> {
  const cwd = currentFolder();
  const expanded = expandHome(program, homeFolder(process.env));
  const isPath = expanded.includes('/') || (process.platform === 'win32' && expanded.includes('\\'));
  const file = isPath && cwd !== undefined ? resolve(cwd, expanded) : expanded;
  return { command: [file, ...args], ...(cwd === undefined ? {} : { cwd }) };
}

/** Returns only the given options; the profile decides the rest. */
export function startRequest(options: StartOptions): StartRequest {
  const { gateway, command, port, path, timeout } = options;
  return {
    ...(gateway === undefined ? {} : { gateway }),
    ...(command === undefined ? {} : typedCommand(command)),
    ...(port === undefined ? {} : { port }),
    ...(path === undefined ? {} : { path }),
    ...(timeout === undefined ? {} : { timeoutMs: timeout }),
  };
}

/**
 * Lets the host serve its metrics, if that was asked for. Returns their address.
 * @throws GatewayError `metrics.port-unavailable`
 */
export async function serveMetrics(client: ControlClient, { metricsPort }: StartOptions): Promise<string | undefined> {
  return metricsPort === undefined ? undefined : (await client.call('host.serveMetrics', { port: metricsPort })).url;
}

/** The host keeps the deadline of a start and extends it while the gateway makes progress, so ours must come well after. */
const HOST_TIMEOUT_MS = 15 * 60_000;

export function startTimeout(options: StartOptions): { readonly timeoutMs: number } {
  return { timeoutMs: (options.timeout ?? 0) * 2 + HOST_TIMEOUT_MS };
}

/** The options as they are printed: secret arguments masked, the command as it was typed. */
function flagsOf({ gateway, command, port, path, timeout, foreground }: StartOptions): StartFlags {
  return {
    ...(gateway === undefined ? {} : { gateway }),
    ...(command === undefined ? {} : { command: maskCommand(command) }),
    ...(port === undefined ? {} : { port }),
    ...(path === undefined ? {} : { path }),
    ...(timeout === undefined ? {} : { timeoutMs: timeout }),
    ...(foreground === undefined ? {} : { foreground }),
  };
}

/** Returns the same failure with next steps for the options of this start. */
export function startFailure(error: unknown, options: StartOptions, hostRuns: boolean): unknown {
  if (!(error instanceof GatewayError)) return error;
  const { rpc, outcome } = error;
  return new GatewayError(withStartFlags(error.problem, flagsOf(options), hostRuns), {
    cause: error,
    ...(rpc === undefined ? {} : { rpc }),
    ...(outcome === undefined ? {} : { outcome }),
  });
}
