import { GatewayError } from '@deskclaw/core';
import { recordFailureWithoutHost } from '@deskclaw/host';
import type { Problem } from '@deskclaw/protocol';
import { type StartOptions, startFailure, startRequest } from '../command-line/start-options.ts';
import type { Shell } from '../shell.ts';

/** Failures that say nothing about the next start of this profile: another process or user has its folder, or its host. */
const othersAffairs: ReadonlySet<Problem['code']> = new Set([
  'state.locked',
  'state.foreign',
  'host.unreachable',
  'host.version-mismatch',
  'aborted',
]);

/**
 * Runs a step of a start that comes before any host. Its failure is stored for `status` and `history`, as a host stores one;
 * then it is thrown again.
 */
export async function recordingFailure<T>(shell: Shell, options: StartOptions, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof GatewayError && !othersAffairs.has(error.code)) {
      const profile = { name: shell.profile, env: shell.env };
      recordFailureWithoutHost(profile, error.problem, startRequest(options));
    }
    throw startFailure(error, options, false);
  }
}
