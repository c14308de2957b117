import { existsSync } from 'node:fs';
import { resolvePaths } from '@deskclaw/core';
import type { GatewayStatus, HostInfo, JournalRecord } from '@deskclaw/protocol';
import { serializeHost, serializeStatus } from '../output/documents.ts';
import type { Shell } from '../shell.ts';

export interface StatusSnapshot {
  readonly host: HostInfo | null;
  readonly gateway: GatewayStatus;
  readonly last?: JournalRecord | undefined;
  /** An upgrade that was cut off, and what became of it, in words. */
  readonly interruptedUpgrade?: string | undefined;
}

export function statusBody(shell: Shell, snapshot: StatusSnapshot): object {
  return {
    profile: shell.profile,
    host: serializeHost(snapshot.host),
    gateway: serializeStatus(snapshot.gateway),
    ...(snapshot.interruptedUpgrade === undefined ? {} : { interruptedUpgrade: snapshot.interruptedUpgrade }),
  };
}

/** Where nothing was begun, the half of the program that knows of upgrades need not be read. */
export async function interruptedUpgradeOf(shell: Shell, host: HostInfo | null): Promise<string | undefined> {
  if (host?.interruptedUpgrade !== undefined) return host.interruptedUpgrade.message;
  if (!existsSync(resolvePaths({ name: shell.profile, env: shell.env }).upgradeJournal)) return undefined;
  return (await import('../host/interrupted-upgrade.ts')).describeInterruptedUpgrade(shell);
}
