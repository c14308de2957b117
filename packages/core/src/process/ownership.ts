import { isEpochTime, isObject, parseJson } from '@deskclaw/protocol';
import type { ProcessIdentity, ProcessInfo, ProcessTable, TreeRoot } from '../ports/spawner.ts';

/** Set in every child: finds the processes of a launch wherever they went, even after all their parents died. */
export const MARKER_NAME = 'DESKCLAW_LAUNCH';

export function markerEnvironment(nonce: string): Readonly<Record<string, string>> {
  return { [MARKER_NAME]: nonce };
}

export function markerOf(nonce: string): string {
  return `${MARKER_NAME}=${nonce}`;
}

/**
 * The record of a launch, written before the spawn, so that the next host finds the process after a crash of this one:
 * one gateway, never two, and never another program.
 */
export interface OwnershipRecord {
  readonly version: 1;
  /** Unguessable, in the child's environment; ends with the place of the record. */
  readonly nonce: string;
  /** Absent between writing the record and learning the pid. */
  readonly child?: ProcessIdentity;
  readonly host: string;
  readonly port: number;
  /** Identifies the command that was started; see `commandHash`. */
  readonly commandHash: string;
  /** Set when the previous supervisor handed the process over; the next one adopts it even if its own command differs. */
  readonly handedOver?: true;
  /** The supervising process, and the id of the supervisor in it. */
  readonly owner: ProcessIdentity;
  readonly supervisor: string;
  /** Epoch ms. */
  readonly at: number;
}

function isIdentity(value: unknown): value is ProcessIdentity {
  if (!isObject(value)) return false;
  const { pid, startMark } = value;
  return typeof pid === 'number' && Number.isSafeInteger(pid) && pid > 0 && typeof startMark === 'string';
}

function isRecord(value: unknown): value is OwnershipRecord {
  return (
    isObject(value) &&
    value['version'] === 1 &&
    typeof value['nonce'] === 'string' &&
    value['nonce'] !== '' &&
    (value['child'] === undefined || isIdentity(value['child'])) &&
    typeof value['host'] === 'string' &&
    Number.isInteger(value['port']) &&
    typeof value['commandHash'] === 'string' &&
    (value['handedOver'] === undefined || value['handedOver'] === true) &&
    isIdentity(value['owner']) &&
    typeof value['supervisor'] === 'string' &&
    isEpochTime(value['at'])
  );
}

/** DeskClaw 0.1.0 wrote `left` where `handedOver` is written now. */
function withCurrentNames(value: unknown): unknown {
  if (!isObject(value) || !('left' in value)) return value;
  const { left, ...rest } = value;
  return { handedOver: left, ...rest };
}

/** Returns `undefined` for a text that is not an ownership record, or one cut off in the middle. */
export function readRecord(text: string): OwnershipRecord | undefined {
  const value = withCurrentNames(parseJson(text));
  return isRecord(value) ? value : undefined;
}

export function writeRecord(record: OwnershipRecord): string {
  return `${JSON.stringify(record)}\n`;
}

/** FNV-1a over argv and folder: not a secret's keeper, only a quick "is it still the same command?". */
export function commandHash(argv: readonly string[], cwd: string): string {
  let hash = 0x811c9dc5;
  for (const char of JSON.stringify([cwd, ...argv])) {
    hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  return hash.toString(16).padStart(8, '0');
}

/** Ties a nonce to the place where its record is stored. */
export function nonceOf(id: string, place: string | undefined): string {
  return place === undefined ? id : `${id}.${place}`;
}

/** Returns whether a record was written in this place; those of DeskClaw 0.1.0 name none. */
export function isStoredIn({ nonce }: OwnershipRecord, place: string | undefined): boolean {
  const [, written] = nonce.split('.');
  return written === undefined || place === undefined || written === place;
}

export type Recognition =
  /** The main process lives: its start mark and, where the system shows its environment, its nonce match. */
  | { readonly kind: 'alive'; readonly child: ProcessIdentity; readonly proof: 'nonce' | 'start-mark' }
  /** The main process is gone; these processes of its tree live. */
  | { readonly kind: 'remains'; readonly survivors: readonly ProcessInfo[] }
  | { readonly kind: 'gone' };

/**
 * Finds the process of a record by pid, start mark and nonce: a pid alone may belong to another process by now, and a record may be
 * crafted, copied, or of an earlier boot.
 */
export function recognise(record: OwnershipRecord, table: ProcessTable): Recognition {
  const { child } = record;
  const marker = markerOf(record.nonce);
  // Without a start mark, which takes a free descriptor to read, the marker alone proves which process it is.
  const identity = child?.startMark === '' ? undefined : child;
  if (identity !== undefined && sameProcess(identity, table.find(identity.pid))) {
    const check = table.checkMarker(identity.pid, marker);
    if (check !== 'missing')
      return { kind: 'alive', child: identity, proof: check === 'carried' ? 'nonce' : 'start-mark' };
  }
  const survivors = table.tree({ ...(identity === undefined ? {} : { recordedLeader: identity }), marker });
  if (survivors.length === 0) return { kind: 'gone' };
  // A record from before the pid was known: the spawned process is the one that leads its own group.
  const isMain = ({ pid, groupId }: ProcessInfo): boolean =>
    child === undefined ? groupId === pid : pid === child.pid;
  const main = identity === undefined ? survivors.find(isMain) : undefined;
  return main === undefined
    ? { kind: 'remains', survivors }
    : { kind: 'alive', child: { pid: main.pid, startMark: main.startMark }, proof: 'nonce' };
}

/**
 * Returns the tree of a recognised process, for the time when its leader is dead: its group then proves nothing, so its
 * members are named one by one.
 */
export function recordedTree(record: OwnershipRecord, found: Recognition, table: ProcessTable): TreeRoot {
  const marker = markerOf(record.nonce);
  const leader = found.kind === 'alive' ? found.child : record.child;
  const known = found.kind === 'alive' ? table.tree({ leader: found.child, marker }) : [];
  return { ...(leader === undefined ? {} : { recordedLeader: leader }), marker, known };
}

/** Returns the process; `undefined`: there is none, or the system cannot tell now, as when no file descriptor is free. */
export function findIfPossible(pid: number, table: ProcessTable): ProcessInfo | undefined {
  try {
    return table.find(pid);
  } catch {
    return undefined;
  }
}

export function sameProcess(one: ProcessIdentity, other: ProcessIdentity | undefined): boolean {
  return other !== undefined && one.pid === other.pid && one.startMark === other.startMark && one.startMark !== '';
}
