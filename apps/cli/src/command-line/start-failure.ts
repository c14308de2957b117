import { GatewayError } from '@deskclaw/core';
import type { StartOptions } from './start-options.ts';
import { withStartOptions } from './suggested-start.ts';

/** The same failure, its next steps told for the options of this start. */
export function startFailure(error: unknown, options: StartOptions, hostRuns: boolean): unknown {
  if (!(error instanceof GatewayError)) return error;
  const { rpc, outcome } = error;
  return new GatewayError(withStartOptions(error.problem, options, hostRuns), {
    cause: error,
    ...(rpc === undefined ? {} : { rpc }),
    ...(outcome === undefined ? {} : { outcome }),
  });
}
