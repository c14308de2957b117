import { readFileSync, rmSync } from 'node:fs';
import { type Clock, type Environment, GatewayError, nodeProcessTable } from '@deskclaw/core';
import {
  delay,
  isStoredIn,
  isWrittenBy,
  killTreeUntilGone,
  type OwnershipRecord,
  ownUser,
  type ProcessIdentity,
  type ProcessTable,
  placeOf,
  readPathOwner,
  readRecord,
  recognise,
  recordedTree,
  sameProcess,
} from '@deskclaw/core/internal';
import { describeProblem } from '@deskclaw/protocol';
import { assertOwnFolders } from './own-folders.ts';
import { resolvePaths } from './paths.ts';

/** A gateway process of ours whose host has died. */
export interface Orphan extends ProcessIdentity {
  readonly host: string;
  readonly port: number;
  readonly record: OwnershipRecord;
}

/** Reads a record that nobody but this user and root can have written. */
function readText(path: string): string | undefined {
  try {
    const [user, owner] = [ownUser(), readPathOwner(path, 'follow')];
    if (user !== undefined && owner !== undefined && !isWrittenBy(user, owner)) return undefined;
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** The living gateway of an ownership record whose supervisor is gone. */
export function readOrphan(ownershipFile: string, table: ProcessTable = nodeProcessTable): Orphan | undefined {
  const gateway = readGateway(ownershipFile, table);
  if (gateway === undefined) return undefined;
  const { record } = gateway;
  if (record.handedOver !== true && sameProcess(record.owner, table.find(record.owner.pid))) return undefined;
  return gateway;
}

/** The living gateway of an ownership record, whether its supervisor lives or not. */
export function readGateway(ownershipFile: string, table: ProcessTable = nodeProcessTable): Orphan | undefined {
  const text = readText(ownershipFile);
  const record = text === undefined ? undefined : readRecord(text);
  if (record === undefined || !isStoredIn(record, placeOf(ownershipFile))) return undefined;
  const found = recognise(record, table);
  return found.kind === 'alive' ? { ...found.child, host: record.host, port: record.port, record } : undefined;
}

/** Returns the profile's gateway if it runs without a host. @throws GatewayError `state.foreign` */
export function findOrphan(profile: { readonly name: string; readonly env: Environment }): Orphan | undefined {
  const paths = resolvePaths({ name: profile.name, env: profile.env });
  assertOwnFolders(paths, profile.env);
  return readOrphan(paths.ownership);
}

/** The process is not our child, so its death is polled for. */
const POLL_INTERVAL_MS = 20;
const GRACE_MS = 5_000;
/** How long SIGKILL may take before we say that it did not help. */
const KILL_MS = 5_000;

/**
 * Stops the orphaned gateway and everything it started: SIGTERM first unless forced, then SIGKILL.
 * @returns the orphan that was stopped; `undefined` if there was none.
 * @throws GatewayError `gateway.not-stopped`
 */
export async function stopOrphan(
  ownershipFile: string,
  clock: Clock,
  profile: { readonly force?: boolean } = {},
): Promise<Orphan | undefined> {
  const processes = nodeProcessTable;
  const orphan = readOrphan(ownershipFile, processes);
  if (orphan === undefined) return undefined;
  const { record } = orphan;
  const root = recordedTree(record, recognise(record, processes), processes);
  if (profile.force !== true && processes.signal(orphan, 'SIGTERM')) {
    const until = clock.now() + GRACE_MS;
    while (clock.now() < until && sameProcess(orphan, processes.find(orphan.pid))) await delay(clock, POLL_INTERVAL_MS);
  }
  const left = await killTreeUntilGone(root, { processes, clock }, KILL_MS);
  if (left.length > 0) {
    const survivors = left.map(({ name, pid }) => `${name} (pid ${String(pid)})`);
    throw new GatewayError(describeProblem('gateway.not-stopped', { survivors, waitedMs: KILL_MS }, clock.wallTime()));
  }
  rmSync(ownershipFile, { force: true });
  return orphan;
}
