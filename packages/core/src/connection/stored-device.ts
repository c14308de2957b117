import { isObject, parseJson } from '@deskclaw/protocol';
import { webDeviceKeys } from '../ports/browser/web-device-keys.ts';
import type { DeviceKey, DeviceKeys } from '../ports/device-keys.ts';
import type { RecordStore } from '../ports/files.ts';
import type { DeviceAuth } from './device-credentials.ts';

export interface StoredDeviceOptions {
  /** Where the private key and the tokens are kept, as one text. */
  readonly records: RecordStore;
  /** Default: the Web Cryptography API. */
  readonly keys?: DeviceKeys;
  /**
   * Whether a token for that address may be in the record, as far as can be said without it. What it refuses is not looked for: to
   * read the record may be to ask a person. Default: it may.
   */
  readonly mayHaveToken?: (address: string) => Promise<boolean>;
  /** Told of every secret, so that it can be kept out of logs. */
  readonly learnSecret?: (secret: string) => void;
}

interface DeviceRecord {
  readonly privateKey: string;
  /** By the address of the gateway that issued them. */
  readonly tokens: Readonly<Record<string, string>>;
}

function readRecord(text: string): DeviceRecord {
  const record = parseJson(text);
  if (isObject(record) && typeof record['privateKey'] === 'string' && isObject(record['tokens'])) {
    const tokens = Object.entries(record['tokens']).flatMap(([address, token]) =>
      typeof token === 'string' ? [[address, token] as const] : [],
    );
    return { privateKey: record['privateKey'], tokens: Object.fromEntries(tokens) };
  }
  // Not overwritten: the record may be the only copy of an identity that gateways have approved.
  throw new TypeError(
    'the stored identity of this device cannot be read; move it away to create a new device, which has to be paired again',
  );
}

interface LoadedDevice {
  readonly key: DeviceKey;
  readonly record: DeviceRecord;
}

/** A persistent device identity. Its key and the tokens that gateways issued are stored in one record. */
export class StoredDevice implements DeviceAuth {
  readonly #records: RecordStore;
  readonly #keys: DeviceKeys;
  readonly #mayHaveToken: (address: string) => Promise<boolean>;
  readonly #learnSecret: (secret: string) => void;
  /** Runs changes one after another: of two concurrent ones, each would overwrite the other. */
  #queue: Promise<unknown> = Promise.resolve();
  #loaded: LoadedDevice | undefined;

  constructor({
    records,
    keys = webDeviceKeys,
    mayHaveToken: mayHold = async () => true,
    learnSecret = () => undefined,
  }: StoredDeviceOptions) {
    this.#records = records;
    this.#mayHaveToken = mayHold;
    this.#keys = keys;
    this.#learnSecret = learnSecret;
  }

  key(): Promise<DeviceKey> {
    return this.#serialize(async () => (await this.#loadOrCreate()).key);
  }

  /** Makes no device where there is none yet: it would have no token. */
  tokenFor(address: string): Promise<string | undefined> {
    return this.#serialize(async () => {
      if (this.#loaded === undefined && !(await this.#mayHaveToken(address))) return undefined;
      return (this.#loaded ?? (await this.#load()))?.record.tokens[address];
    });
  }

  storeToken(address: string, token: string): Promise<void> {
    this.#learnSecret(token);
    return this.#change((tokens) => ({ ...tokens, [address]: token }));
  }

  forgetToken(address: string): Promise<void> {
    return this.#change(({ [address]: _, ...others }) => others);
  }

  /** Resolves when all that was to be kept so far is kept, or could not be. */
  async settled(): Promise<void> {
    await this.#queue;
  }

  #change(change: (tokens: DeviceRecord['tokens']) => DeviceRecord['tokens']): Promise<void> {
    return this.#serialize(async () => {
      const { key, record } = await this.#loadOrCreate();
      const next = { ...record, tokens: change(record.tokens) };
      // Whether or not it can be kept, it is what holds from now on.
      this.#loaded = { key, record: next };
      await this.#records.save(JSON.stringify(next));
    });
  }

  async #loadOrCreate(): Promise<LoadedDevice> {
    const known = this.#loaded ?? (await this.#load());
    if (known !== undefined) return known;
    const { key, secret } = await this.#keys.create();
    this.#learnSecret(secret);
    const record: DeviceRecord = { privateKey: secret, tokens: {} };
    // Kept before it is used: a gateway would be asked to approve a device that is gone with this process.
    await this.#records.save(JSON.stringify(record));
    this.#loaded = { key, record };
    return this.#loaded;
  }

  async #load(): Promise<LoadedDevice | undefined> {
    const text = await this.#records.load();
    if (text === undefined) return undefined;
    const record = readRecord(text);
    for (const secret of [record.privateKey, ...Object.values(record.tokens)]) this.#learnSecret(secret);
    this.#loaded = { key: await this.#keys.restore(record.privateKey), record };
    return this.#loaded;
  }

  #serialize<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(work, work);
    this.#queue = result.catch(() => undefined);
    return result;
  }
}
