import { type Environment, GatewayError, nodeClock, nodeProcessTable } from '@deskclaw/core';
import { lockHolder } from '@deskclaw/core/internal';
import { CONTROL_PROTOCOL, describeProblem } from '@deskclaw/protocol';
import { resolvePaths } from '../profile/paths.ts';

/** SIGTERM makes a host stop its gateway and end. Windows has no such signal for a program without a window. */
function stopCommand(pid: number, platform: NodeJS.Platform): string {
  return platform === 'win32' ? `taskkill /F /PID ${String(pid)}` : `kill ${String(pid)}`;
}

/**
 * Describes a host that speaks WebSocket on its socket, as earlier versions of DeskClaw do: `host.version-mismatch` with
 * its pid, from the lock of the profile, and the command that ends it, as it cannot be asked to.
 */
export function earlierHost(
  profile: { readonly name: string; readonly env: Environment },
  platform: NodeJS.Platform = process.platform,
): GatewayError {
  const pid = lockHolder(resolvePaths(profile).lock, nodeProcessTable)?.holder.pid;
  const facts = {
    host: 'an earlier version (WebSocket on its socket)',
    ours: `control protocol ${String(CONTROL_PROTOCOL)} (lines of JSON)`,
    ...(pid === undefined ? {} : { pid, stopCommand: stopCommand(pid, platform) }),
  };
  return new GatewayError(describeProblem('host.version-mismatch', facts, nodeClock.wallTime()));
}
