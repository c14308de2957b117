import { statSync } from 'node:fs';
import { rm, utimes } from 'node:fs/promises';
import type { Clock } from '@deskclaw/core';
import type { Cancel } from '@deskclaw/core/internal';
import { type HostInfo, isObject, type JournalRecord } from '@deskclaw/protocol';
import { readJsonFile, writeJsonFile } from '../profile/json-file.ts';
import type { Paths } from '../profile/paths.ts';

/** How often the stamp is renewed: a host that was killed is known to have lived until so long before. */
const STAMP_MS = 10_000;
/** A difference of the clocks, or a delay of the timer, that is worth a record. */
const JUMP_MS = 5_000;

export interface HostPresenceOptions {
  /** The file of the profile that says which host lives; its time of modification says when it was last seen. */
  readonly path: string;
  readonly clock: Clock;
  readonly info: Pick<HostInfo, 'pid' | 'version' | 'kind'>;
  readonly record: (record: JournalRecord) => void;
  /** The time of the newest journal record of an earlier host. */
  readonly lastRecordAt: () => number | undefined;
  /** For the log: that the stamp cannot be written. */
  readonly log: (text: string) => void;
}

/** A host whose stamp no end has removed. */
export interface KilledHost {
  readonly pid: number;
  /** Epoch ms. */
  readonly lastSeenAt: number;
}

/** Returns the host that ended without a goodbye, where no other one lives; `undefined`: the last one ended as it should. */
export function findKilledHost({ hostSeen }: Pick<Paths, 'hostSeen'>): KilledHost | undefined {
  try {
    const lastSeenAt = Math.round(statSync(hostSeen).mtimeMs);
    const stored = readJsonFile(hostSeen);
    return { pid: isObject(stored) && typeof stored['pid'] === 'number' ? stored['pid'] : 0, lastSeenAt };
  } catch {
    return undefined;
  }
}

/** @param lastRecordAt what it still wrote shows that it lived. */
export function killedRecord({ pid, lastSeenAt }: KilledHost, lastRecordAt = 0): JournalRecord {
  const at = Math.max(lastSeenAt, lastRecordAt);
  const data = { ...(pid === 0 ? {} : { pid }), lastSeenAt: at };
  return { at, category: 'host', what: 'killed', cause: 'It recorded no end.', data };
}

/** Records that this host started and ended, that the one before was killed, and that the clock of the machine jumped. */
export class HostPresence {
  readonly #options: HostPresenceOptions;
  #timer: Cancel | undefined;
  #wall: number;
  #monotonic: number;

  constructor(options: HostPresenceOptions) {
    this.#options = options;
    this.#wall = options.clock.wallTime();
    this.#monotonic = options.clock.now();
  }

  begin(): void {
    const { path, info, log } = this.#options;
    this.#recordKilledHost();
    this.#add('host', 'started', { data: { pid: info.pid, version: info.version, kind: info.kind } });
    try {
      writeJsonFile(path, { pid: info.pid });
    } catch (error) {
      log(`That this host runs cannot be kept: ${error instanceof Error ? error.message : String(error)}`);
    }
    this.#schedule();
  }

  /** @param cause why it ended, where that was no stop. */
  async end(cause?: string): Promise<void> {
    this.#timer?.();
    const { path, info } = this.#options;
    this.#add('host', 'ended', { ...(cause === undefined ? {} : { cause }), data: { pid: info.pid } });
    await rm(path, { force: true }).catch(() => undefined);
  }

  #add(category: 'host' | 'clock', what: string, details: Pick<JournalRecord, 'cause' | 'data'>): void {
    this.#options.record({ at: Math.round(this.#options.clock.wallTime()), category, what, ...details });
  }

  /** A stamp that no end has removed is that of a host which was killed, or whose machine stopped. */
  #recordKilledHost(): void {
    const { path, record, lastRecordAt } = this.#options;
    const killed = findKilledHost({ hostSeen: path });
    if (killed !== undefined) record(killedRecord(killed, lastRecordAt()));
  }

  #schedule(): void {
    this.#timer = this.#options.clock.schedule(STAMP_MS, () => {
      this.#check();
      this.#schedule();
    });
  }

  #check(): void {
    const { clock, path } = this.#options;
    const wallTime = clock.wallTime();
    const now = clock.now();
    const [wall, monotonic] = [wallTime - this.#wall, now - this.#monotonic];
    this.#wall = wallTime;
    this.#monotonic = now;
    const late = Math.round(monotonic - STAMP_MS);
    const jump = Math.round(wall - monotonic);
    // The monotonic clock of Linux stops while the machine sleeps, so a sleep looks like a jump forward.
    if (late > JUMP_MS) this.#add('clock', 'slept', { data: { ms: late } });
    else if (Math.abs(jump) > JUMP_MS) this.#add('clock', 'jumped', { data: { ms: jump } });
    void utimes(path, wallTime / 1_000, wallTime / 1_000).catch(() => undefined);
  }
}
