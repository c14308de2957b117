import { existsSync } from 'node:fs';
import { resolvePaths } from '@deskclaw/core';
import type { GatewayStatus, HostInfo, TimelineRecord } from '@deskclaw/protocol';
import { writtenHost, writtenStatus } from '../output/documents.ts';
import type { Shell } from '../shell.ts';

export interface Seen {
  readonly host: HostInfo | null;
  readonly gateway: GatewayStatus;
  readonly last?: TimelineRecord | undefined;
  /** An upgrade that was cut off, and what became of it, in words. */
  readonly cutOff?: string | undefined;
}

export function statusBody(shell: Shell, seen: Seen): object {
  return {
    profile: shell.profile,
    host: writtenHost(seen.host),
    gateway: writtenStatus(seen.gateway),
    ...(seen.cutOff === undefined ? {} : { cutOff: seen.cutOff }),
  };
}

/** Where nothing was begun, the half of the program that knows of upgrades need not be read. */
export async function cutOffSeen(shell: Shell, host: HostInfo | null): Promise<string | undefined> {
  if (host?.cutOff !== undefined) return host.cutOff.words;
  if (!existsSync(resolvePaths({ profile: shell.profile, env: shell.env }).upgradeJournal)) return undefined;
  return (await import('./cut-off.ts')).openCutOff(shell);
}
