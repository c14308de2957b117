import type { GatewayStatus, HostInfo, TimelineRecord } from '@deskclaw/protocol';
import { writtenHost, writtenStatus } from '../output/documents.ts';
import type { Shell } from '../shell.ts';

export interface Seen {
  readonly host: HostInfo | null;
  readonly gateway: GatewayStatus;
  readonly last?: TimelineRecord | undefined;
}

export function statusBody(shell: Shell, seen: Seen): object {
  return { profile: shell.profile, host: writtenHost(seen.host), gateway: writtenStatus(seen.gateway) };
}
