import type { Cancel } from '../ports/clock.ts';
import type { PipeEnds, ProcessIdentity } from '../ports/spawner.ts';
import {
  isStoredIn,
  nonceOf,
  type OwnershipRecord,
  readRecord,
  recognise,
  sameProcess,
  writeRecord,
} from '../process/ownership.ts';
import { commandOf, type LaunchPlan } from './launch-plan.ts';
import type { SupervisorPorts } from './ports.ts';

/** A full disk mostly stays full for long, and a retry costs next to nothing. */
const RETRY_MS = 1_000;

/** Reads and writes the ownership record. A failing store is logged and retried; it costs adoption while it fails, never the gateway. */
export class OwnershipRecords {
  /** Distinguishes our records from those of another supervisor in the same process. */
  readonly supervisor: string;
  readonly #ports: SupervisorPorts;
  /** Store calls run one after another, so that an earlier write cannot overtake a clear. */
  #pending: Promise<unknown> = Promise.resolve();
  /** Counts the wanted contents; only the newest is retried. */
  #revision = 0;
  #retry: Cancel | undefined;
  /** The last logged error; a lasting error is logged once. */
  #lastLogged: string | undefined;

  constructor(ports: SupervisorPorts) {
    this.#ports = ports;
    this.supervisor = ports.random.uuid();
  }

  async read(): Promise<OwnershipRecord | undefined> {
    const text = await this.#run('read', (store) => store.load());
    if (text === undefined) return undefined;
    const record = readRecord(text);
    if (record === undefined) this.#ports.logger.log('warn', 'The ownership record cannot be read; it is ignored.');
    else if (!isStoredIn(record, this.#ports.records?.place)) {
      this.#ports.logger.log('warn', 'The ownership record was copied from another folder; it is ignored.');
      return undefined;
    }
    return record;
  }

  /** Returns the nonce of a new launch. */
  newNonce(): string {
    return nonceOf(this.#ports.random.uuid(), this.#ports.records?.place);
  }

  async write(record: OwnershipRecord): Promise<void> {
    await this.#save(writeRecord(record), this.#newRevision());
  }

  async clear(): Promise<void> {
    this.#newRevision();
    await this.#run('removed', (store) => store.clear());
  }

  /** Returns whether another supervisor still owns the process. */
  ownerLives(record: OwnershipRecord): boolean {
    if (record.supervisor === this.supervisor || record.handedOver === true) return false;
    return sameProcess(record.owner, this.#ports.processes.find(record.owner.pid));
  }

  /** Returns the record of a living gateway that an earlier host left running. */
  async findOwned(): Promise<OwnershipRecord | undefined> {
    const record = await this.read();
    if (record === undefined || this.ownerLives(record)) return undefined;
    const found = recognise(record, this.#ports.processes);
    return found.kind === 'alive' ? { ...record, child: found.child } : undefined;
  }

  #newRevision(): number {
    this.#retry?.();
    this.#retry = undefined;
    this.#revision += 1;
    return this.#revision;
  }

  async #save(text: string, revision: number): Promise<void> {
    const { records, clock } = this.#ports;
    if (records === undefined) return;
    const isSaved = await this.#run('written', (store) => store.save(text).then(() => true));
    if (isSaved !== undefined || revision !== this.#revision) return;
    this.#retry = clock.schedule(RETRY_MS, () => void this.#save(text, revision));
  }

  #run<T>(done: string, act: (store: NonNullable<SupervisorPorts['records']>) => Promise<T>): Promise<T | undefined> {
    const { records, logger } = this.#ports;
    if (records === undefined) return Promise.resolve(undefined);
    const result = this.#pending
      .then(() => act(records))
      .catch((error: unknown) => {
        const message = `The ownership record could not be ${done}: ${error instanceof Error ? error.message : String(error)}`;
        if (message !== this.#lastLogged) logger.log('warn', message);
        this.#lastLogged = message;
        return undefined;
      });
    this.#pending = result;
    return result;
  }
}

/** A process that was handed over to the next supervisor. */
export interface HandedOverProcess {
  /** Absent where the pipes cannot be inherited; they close with this process. */
  readonly pipeEnds?: PipeEnds;
  /** Resolves once the ownership record on disk allows adoption. */
  readonly recorded: Promise<void>;
}

/** Returns the ownership record of an adopted process, with this supervisor as owner. */
export function adoptedRecord(
  record: OwnershipRecord,
  child: ProcessIdentity,
  by: { readonly plan: LaunchPlan; readonly ports: SupervisorPorts; readonly records: OwnershipRecords },
): OwnershipRecord {
  const { handedOver: _handedOver, ...rest } = record;
  const { identity: owner } = by.ports.host;
  return { ...rest, child, commandHash: commandOf(by.plan).hash, owner, supervisor: by.records.supervisor };
}
