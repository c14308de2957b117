import { type OwnershipRecord, readRecord, recognise, sameProcess, writeRecord } from '../process/ownership.ts';
import type { SupervisorPorts } from './ports.ts';

/** The ownership record on its store. A store that fails costs adoption, never the gateway: it is logged. */
export class OwnershipRecords {
  /** Tells our records from those of another supervisor in the same process. */
  readonly supervisor: string;
  readonly #ports: SupervisorPorts;
  /** One after another: a record cleared must not be overtaken by its own earlier write. */
  #last: Promise<unknown> = Promise.resolve();

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
    await this.#run('written', (store) => store.save(writeRecord(record)));
  }

  async clear(): Promise<void> {
    await this.#run('removed', (store) => store.clear());
  }

  /** Whether somebody else supervises it still. */
  ownerLives(record: OwnershipRecord): boolean {
    if (record.supervisor === this.supervisor) return false;
    return sameProcess(record.owner, this.#ports.processes.find(record.owner.pid));
  }

  /** What an earlier host of ours left running. */
  async findOwned(): Promise<OwnershipRecord | undefined> {
    const record = await this.read();
    if (record === undefined || this.ownerLives(record)) return undefined;
    const found = recognise(record, this.#ports.processes);
    return found.kind === 'alive' ? { ...record, child: found.child } : undefined;
  }

  #run<T>(done: string, act: (store: NonNullable<SupervisorPorts['records']>) => Promise<T>): Promise<T | undefined> {
    const { records, logger } = this.#ports;
    if (records === undefined) return Promise.resolve(undefined);
    const result = this.#last
      .then(() => act(records))
      .catch((error: unknown) => {
        logger.log(
          'warn',
          `The ownership record could not be ${done}: ${error instanceof Error ? error.message : String(error)}`,
        );
        return undefined;
      });
    this.#last = result;
    return result;
  }
}
