import type { KeyringError, RecordStore, SecretStore } from '@deskclaw/core';
import { type DeviceKeys, DeviceUnavailable } from '@deskclaw/core/internal';
import { isObject, parseJson } from '@deskclaw/protocol';
import {
  type DeviceFile,
  type DeviceKeyLocation,
  type DeviceKeysChoice,
  deviceKeyLocation,
  fileLocation,
  judgeReading,
  loadStep,
  lockedRefusal,
  mayHold,
  readDeviceFile,
  toFileRecord,
  toKeyringRecord,
  toMarker,
} from './device-file.ts';

export interface DeviceRecordOptions {
  readonly file: RecordStore;
  /** Path of the file, for messages. */
  readonly path: string;
  readonly keyring: SecretStore;
  /** Account name of the record in the keyring; different for each profile. */
  readonly account: string;
  /** Returns the current setting; called before each use. */
  readonly choice: () => DeviceKeysChoice;
  readonly keys: DeviceKeys;
  /** Hears where it is kept, whenever that is found out. */
  readonly onLocation: (place: DeviceKeyLocation) => void;
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

  /** @throws DeviceUnavailable if the keyring does not return the key, or has lost it. */
  async load(): Promise<string | undefined> {
    const { choice, file, keyring, account } = this.#options;
    const before = await file.load();
    const stored = readDeviceFile(before);
    const step = loadStep(stored, choice());
    switch (step.kind) {
      case 'nothing':
        return undefined;
      case 'take':
        this.#options.onLocation(deviceKeyLocation(stored));
        return step.text;
      case 'move-in':
        await this.#moveIntoKeyring(step.text, stored, before);
        return step.text;
      case 'ask': {
        const text = await this.#readKeyring(step.id);
        this.#options.onLocation({ stored: 'keyring' });
        return text;
      }
      case 'move-out': {
        const text = await this.#readKeyring(step.id);
        await file.save(text);
        this.#options.onLocation(fileLocation(undefined));
        await keyring.remove(account);
        return text;
      }
      default:
        return step satisfies never;
    }
  }

  /** @throws DeviceUnavailable if the keyring has the device and rejects the change. */
  async save(text: string): Promise<void> {
    const { choice, file, keyring, account } = this.#options;
    const before = await file.load();
    const stored = readDeviceFile(before);
    if (choice() === 'keyring') return this.#store(text, stored, before);
    await file.save(toFileRecord(text, undefined));
    this.#options.onLocation(fileLocation(undefined));
    if (stored.kind === 'marker') await keyring.remove(account);
  }

  async clear(): Promise<void> {
    const { file, keyring, account } = this.#options;
    const stored = readDeviceFile(await file.load());
    await file.clear();
    if (stored.kind === 'marker') await keyring.remove(account);
  }

  async #store(text: string, stored: DeviceFile, before: string | undefined): Promise<void> {
    const { file, onLocation: onPlace } = this.#options;
    const id = await this.#idOf(text);
    const trouble = await this.#writeKeyring(text);
    if (trouble === undefined) {
      const marker = toMarker(id, text);
      if (before !== marker) await file.save(marker);
      onPlace({ stored: 'keyring' });
      return;
    }
    // Half of it there and half of it here would be no device at all.
    if (stored.kind === 'marker') throw new DeviceUnavailable(lockedRefusal(trouble));
    const record = toFileRecord(text, trouble.message);
    if (before !== record) await file.save(record);
    onPlace(fileLocation(trouble.message));
  }

  /** Moves the record into the keyring. If that fails, the record stays in the file and is used from there. */
  async #moveIntoKeyring(text: string, stored: DeviceFile, before: string | undefined): Promise<void> {
    try {
      await this.#store(text, stored, before);
    } catch (error) {
      this.#options.onLocation(fileLocation(error instanceof Error ? error.message : String(error)));
    }
  }

  async #writeKeyring(text: string): Promise<KeyringError | undefined> {
    const { keyring, account } = this.#options;
    const secret = toKeyringRecord(text);
    const written = await keyring.write(account, secret);
    if (written.kind === 'error') return written;
    const readBack = await keyring.read(account);
    if (readBack.kind === 'error') return readBack;
    if (readBack.kind === 'found' && readBack.secret === secret) return undefined;
    return { kind: 'error', cause: 'unavailable', message: 'it did not keep what it was given' };
  }

  async #readKeyring(id: string): Promise<string> {
    const { keyring, account, path } = this.#options;
    const reading = await keyring.read(account);
    const found = reading.kind === 'found' ? await this.#idOf(reading.secret).catch(() => undefined) : undefined;
    const judged = judgeReading(reading, { id, path }, found);
    if ('kind' in judged) throw new DeviceUnavailable(judged);
    return judged.secret;
  }

  async #idOf(text: string): Promise<string> {
    const stored = parseJson(text);
    const secret = isObject(stored) ? stored['privateKey'] : undefined;
    if (typeof secret !== 'string') throw new TypeError('there is no key in it');
    return (await this.#options.keys.restore(secret)).id;
  }
}
