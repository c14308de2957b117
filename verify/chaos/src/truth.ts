import type { GatewayStatus } from '@deskclaw/protocol';
import { describeFound, type Found } from './process-table.ts';

/** Where a status says something else than the process table; `undefined`: they agree. */
export function disagreement(status: GatewayStatus, gateways: readonly Found[]): string | undefined {
  const { state, pid } = status;
  const strangers = gateways.filter((found) => found.pid !== pid);
  if (strangers.length > 0)
    return `the status says ${state}, pid ${String(pid ?? 'none')}, but there lives ${describeFound(strangers)}`;
  if (pid !== undefined && gateways.length === 0) return `the status names pid ${String(pid)}, which does not live`;
  if (state === 'running' && pid === undefined) return 'the status says running, but names no process';
  return undefined;
}

/** Returns a message if processes of more than one launch run at the same time. */
export function tooMany(found: readonly Found[]): string | undefined {
  const launches = new Set(found.map(({ launch }) => launch));
  return launches.size > 1
    ? `processes of ${String(launches.size)} launches live at once: ${describeFound(found)}`
    : undefined;
}
