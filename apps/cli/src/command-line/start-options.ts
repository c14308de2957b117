import type { StartRequest } from '@deskclaw/protocol';

/** What `start` may be told, as parsed: durations in ms. */
export interface StartOptions {
  readonly gateway?: 'openclaw' | 'builtin' | undefined;
  readonly command?: readonly [string, ...string[]] | undefined;
  readonly port?: number | undefined;
  readonly timeout?: number | undefined;
  readonly install?: true | undefined;
  readonly foreground?: true | undefined;
}

/** Only what was said: what is left open is the profile's to decide. */
export function startRequest(options: StartOptions): StartRequest {
  const { gateway, command, port, timeout } = options;
  return {
    ...(gateway === undefined ? {} : { gateway }),
    ...(command === undefined ? {} : { command }),
    ...(port === undefined ? {} : { port }),
    ...(timeout === undefined ? {} : { timeoutMs: timeout }),
  };
}

/** The host keeps the deadline of a start and moves it out while the gateway makes progress: ours must come well after. */
const HOST_TIMEOUT_MS = 15 * 60_000;

export function startTimeout(options: StartOptions): { readonly timeoutMs: number } {
  return { timeoutMs: (options.timeout ?? 0) * 2 + HOST_TIMEOUT_MS };
}
