import { isObject, parseJson } from '@deskclaw/protocol';
import { DeviceWithheld } from '../connection/device-auth.ts';
import type { DeviceKeys } from '../ports/device-keys.ts';
import type { RecordStore } from '../ports/record-store.ts';
import type { KeyringError, SecretStore } from '../ports/secret-store.ts';
import {
  type DeviceFile,
  type DeviceKeysChoice,
  type DevicePlace,
  inFile,
  inKeyring,
  inTheFile,
  judgeReading,
  loadStep,
  markerOf,
  mayHold,
  placeOf,
  readDeviceFile,
  withheld,
} from './device-file.ts';

export interface DeviceRecordOptions {
  readonly file: RecordStore;
  /** Where the file is, for words. */
  readonly path: string;
  readonly keyring: SecretStore;
  /** Under which name the keyring has it: no two profiles share one. */
  readonly account: string;
  /** Asked each time it matters. */
  readonly choice: () => DeviceKeysChoice;
  readonly keys: DeviceKeys;
  /** Hears where it is kept, whenever that is found out. */
  readonly onPlace: (place: DevicePlace) => void;
}

/**
 * The record of a device, in the system's keyring where there is one; its file then says only which device it is. The file is
 * the truth: a key leaves it when it has been read back from the keyring, so none is lost wherever that may be cut off.
 */
export class DeviceRecord implements RecordStore {
  readonly #options: DeviceRecordOptions;

  constructor(options: DeviceRecordOptions) {
    this.#options = options;
  }

  /** Whether it may have a token for that address; the keyring is not asked. */
  readonly mayHold = async (address: string): Promise<boolean> => {
    return mayHold(readDeviceFile(await this.#options.file.load()), address);
  };

  /** @throws DeviceWithheld where the keyring has it and does not give it, or has it no more. */
  async load(): Promise<string | undefined> {
    const { choice, file, keyring, account } = this.#options;
    const before = await file.load();
    const kept = readDeviceFile(before);
    const step = loadStep(kept, choice());
    switch (step.kind) {
      case 'nothing':
        return undefined;
      case 'take':
        this.#options.onPlace(placeOf(kept));
        return step.text;
      case 'move-in':
        await this.#moveIn(step.text, kept, before);
        return step.text;
      case 'ask': {
        const text = await this.#fromKeyring(step.id);
        this.#options.onPlace({ kept: 'keyring' });
        return text;
      }
      case 'move-out': {
        const text = await this.#fromKeyring(step.id);
        await file.save(text);
        this.#options.onPlace(inTheFile(undefined));
        await keyring.remove(account);
        return text;
      }
      default:
        return step satisfies never;
    }
  }

  /** @throws DeviceWithheld where the keyring has the device, and does not take the change. */
  async save(text: string): Promise<void> {
    const { choice, file, keyring, account } = this.#options;
    const before = await file.load();
    const kept = readDeviceFile(before);
    if (choice() === 'keyring') return this.#guard(text, kept, before);
    await file.save(inFile(text, undefined));
    this.#options.onPlace(inTheFile(undefined));
    if (kept.kind === 'marker') await keyring.remove(account);
  }

  async clear(): Promise<void> {
    const { file, keyring, account } = this.#options;
    const kept = readDeviceFile(await file.load());
    await file.clear();
    if (kept.kind === 'marker') await keyring.remove(account);
  }

  async #guard(text: string, kept: DeviceFile, before: string | undefined): Promise<void> {
    const { file, onPlace } = this.#options;
    const id = await this.#idOf(text);
    const trouble = await this.#intoKeyring(text);
    if (trouble === undefined) {
      const marker = markerOf(id, text);
      if (before !== marker) await file.save(marker);
      onPlace({ kept: 'keyring' });
      return;
    }
    // Half of it there and half of it here would be no device at all.
    if (kept.kind === 'marker') throw new DeviceWithheld(withheld(trouble));
    const record = inFile(text, trouble.message);
    if (before !== record) await file.save(record);
    onPlace(inTheFile(trouble.message));
  }

  /** Where it cannot be moved, it stays as it is, and can be used from where it lies. */
  async #moveIn(text: string, kept: DeviceFile, before: string | undefined): Promise<void> {
    try {
      await this.#guard(text, kept, before);
    } catch (error) {
      this.#options.onPlace(inTheFile(error instanceof Error ? error.message : String(error)));
    }
  }

  async #intoKeyring(text: string): Promise<KeyringError | undefined> {
    const { keyring, account } = this.#options;
    const secret = inKeyring(text);
    const written = await keyring.write(account, secret);
    if (written.kind === 'error') return written;
    const back = await keyring.read(account);
    if (back.kind === 'error') return back;
    if (back.kind === 'found' && back.secret === secret) return undefined;
    return { kind: 'error', cause: 'unavailable', message: 'it did not keep what it was given' };
  }

  async #fromKeyring(id: string): Promise<string> {
    const { keyring, account, path } = this.#options;
    const reading = await keyring.read(account);
    const found = reading.kind === 'found' ? await this.#idOf(reading.secret).catch(() => undefined) : undefined;
    const judged = judgeReading(reading, { id, path }, found);
    if ('kind' in judged) throw new DeviceWithheld(judged);
    return judged.secret;
  }

  async #idOf(text: string): Promise<string> {
    const kept = parseJson(text);
    const secret = isObject(kept) ? kept['privateKey'] : undefined;
    if (typeof secret !== 'string') throw new TypeError('there is no key in it');
    return (await this.#options.keys.restore(secret)).id;
  }
}
