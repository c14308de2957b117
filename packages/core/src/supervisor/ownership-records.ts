import type { Cancel } from '../ports/clock.ts';
import { type OwnershipRecord, readRecord, recognise, sameProcess, writeRecord } from '../process/ownership.ts';
import type { SupervisorPorts } from './ports.ts';

/** A full disk is mostly full for long, and asking it costs next to nothing. */
const RETRY_MS = 1_000;

/** The ownership record on its store. A store that fails costs adoption while it fails, never the gateway: it is logged, and tried again. */
export class OwnershipRecords {
  /** Tells our records from those of another supervisor in the same process. */
  readonly supervisor: string;
  readonly #ports: SupervisorPorts;
  /** One after another: a record cleared must not be overtaken by its own earlier write. */
  #last: Promise<unknown> = Promise.resolve();
  /** Counts what was to be kept: only the newest is tried again. */
  #wish = 0;
  #retry: Cancel | undefined;
  /** What was logged last: a trouble that lasts is told once. */
  #told: string | undefined;

  constructor(ports: SupervisorPorts) {
    this.#ports = ports;
    this.supervisor = ports.random.uuid();
  }

  async read(): Promise<OwnershipRecord | undefined> {
    const text = await this.#run('read', (store) => store.load());
    if (text === undefined) return undefined;
    const record = readRecord(text);
    if (record === undefined) this.#ports.logger.log('warn', 'The ownership record cannot be read; it is ignored.');
    return record;
  }

  async write(record: OwnershipRecord): Promise<void> {
    await this.#save(writeRecord(record), this.#newWish());
  }

  async clear(): Promise<void> {
    this.#newWish();
    await this.#run('removed', (store) => store.clear());
  }

  /** Whether somebody else supervises it still. */
  ownerLives(record: OwnershipRecord): boolean {
    if (record.supervisor === this.supervisor || record.left === true) return false;
    return sameProcess(record.owner, this.#ports.processes.find(record.owner.pid));
  }

  /** What an earlier host of ours left running. */
  async findOwned(): Promise<OwnershipRecord | undefined> {
    const record = await this.read();
    if (record === undefined || this.ownerLives(record)) return undefined;
    const found = recognise(record, this.#ports.processes);
    return found.kind === 'alive' ? { ...record, child: found.child } : undefined;
  }

  #newWish(): number {
    this.#retry?.();
    this.#retry = undefined;
    this.#wish += 1;
    return this.#wish;
  }

  async #save(text: string, wish: number): Promise<void> {
    const { records, clock } = this.#ports;
    if (records === undefined || wish !== this.#wish) return;
    const isSaved = await this.#run('written', (store) => store.save(text).then(() => true));
    if (isSaved !== undefined || wish !== this.#wish) return;
    this.#retry = clock.schedule(RETRY_MS, () => void this.#save(text, wish));
  }

  #run<T>(done: string, act: (store: NonNullable<SupervisorPorts['records']>) => Promise<T>): Promise<T | undefined> {
    const { records, logger } = this.#ports;
    if (records === undefined) return Promise.resolve(undefined);
    const result = this.#last
      .then(() => act(records))
      .catch((error: unknown) => {
        const words = `The ownership record could not be ${done}: ${error instanceof Error ? error.message : String(error)}`;
        if (words !== this.#told) logger.log('warn', words);
        this.#told = words;
        return undefined;
      });
    this.#last = result;
    return result;
  }
}
