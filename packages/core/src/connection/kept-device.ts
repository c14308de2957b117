import { isObject, parseJson } from '@deskclaw/protocol';
import { webDeviceKeys } from '../ports/browser/web-device-keys.ts';
import type { DeviceKey, DeviceKeys } from '../ports/device-keys.ts';
import type { RecordStore } from '../ports/record-store.ts';
import type { DeviceAuth } from './device-auth.ts';

export interface KeptDeviceOptions {
  /** Where the private key and the tokens are kept, as one text. */
  readonly records: RecordStore;
  /** Default: the Web Cryptography API. */
  readonly keys?: DeviceKeys;
  /**
   * Whether a token for that address may be in the record, as far as can be said without it. What it refuses is not looked for: to
   * read the record may be to ask a person. Default: it may.
   */
  readonly mayHold?: (address: string) => Promise<boolean>;
  /** Told of every secret, so that it can be kept out of logs. */
  readonly learnSecret?: (secret: string) => void;
}

interface Kept {
  readonly privateKey: string;
  /** By the address of the gateway that issued them. */
  readonly tokens: Readonly<Record<string, string>>;
}

function readKept(text: string): Kept {
  const kept = parseJson(text);
  if (isObject(kept) && typeof kept['privateKey'] === 'string' && isObject(kept['tokens'])) {
    const tokens = Object.entries(kept['tokens']).flatMap(([address, token]) =>
      typeof token === 'string' ? [[address, token] as const] : [],
    );
    return { privateKey: kept['privateKey'], tokens: Object.fromEntries(tokens) };
  }
  // Whatever stands there may be the only copy of an identity that gateways have approved.
  throw new TypeError(
    'what was kept of this device cannot be read; move it away, and the device is made (and paired) anew',
  );
}

interface Woken {
  readonly key: DeviceKey;
  readonly kept: Kept;
}

/** A device that outlives its connections: its key and what gateways gave it are kept as one record. */
export class KeptDevice implements DeviceAuth {
  readonly #records: RecordStore;
  readonly #keys: DeviceKeys;
  readonly #mayHold: (address: string) => Promise<boolean>;
  readonly #learnSecret: (secret: string) => void;
  /** One after another: two changes at once would each keep what the other changed. */
  #turn: Promise<unknown> = Promise.resolve();
  #woken: Woken | undefined;

  constructor({
    records,
    keys = webDeviceKeys,
    mayHold = async () => true,
    learnSecret = () => undefined,
  }: KeptDeviceOptions) {
    this.#records = records;
    this.#mayHold = mayHold;
    this.#keys = keys;
    this.#learnSecret = learnSecret;
  }

  key(): Promise<DeviceKey> {
    return this.#inTurn(async () => (await this.#wake()).key);
  }

  /** Makes no device where there is none yet: it would have no token. */
  tokenFor(address: string): Promise<string | undefined> {
    return this.#inTurn(async () => {
      if (this.#woken === undefined && !(await this.#mayHold(address))) return undefined;
      return (this.#woken ?? (await this.#find()))?.kept.tokens[address];
    });
  }

  keepToken(address: string, token: string): Promise<void> {
    this.#learnSecret(token);
    return this.#change((tokens) => ({ ...tokens, [address]: token }));
  }

  forgetToken(address: string): Promise<void> {
    return this.#change(({ [address]: _, ...others }) => others);
  }

  /** Resolves when all that was to be kept so far is kept, or could not be. */
  async settled(): Promise<void> {
    await this.#turn;
  }

  #change(change: (tokens: Kept['tokens']) => Kept['tokens']): Promise<void> {
    return this.#inTurn(async () => {
      const { key, kept } = await this.#wake();
      const next = { ...kept, tokens: change(kept.tokens) };
      // Whether or not it can be kept, it is what holds from now on.
      this.#woken = { key, kept: next };
      await this.#records.save(JSON.stringify(next));
    });
  }

  async #wake(): Promise<Woken> {
    const known = this.#woken ?? (await this.#find());
    if (known !== undefined) return known;
    const { key, secret } = await this.#keys.create();
    this.#learnSecret(secret);
    const kept: Kept = { privateKey: secret, tokens: {} };
    // Kept before it is used: a gateway would be asked to approve a device that is gone with this process.
    await this.#records.save(JSON.stringify(kept));
    this.#woken = { key, kept };
    return this.#woken;
  }

  async #find(): Promise<Woken | undefined> {
    const text = await this.#records.load();
    if (text === undefined) return undefined;
    const kept = readKept(text);
    for (const secret of [kept.privateKey, ...Object.values(kept.tokens)]) this.#learnSecret(secret);
    this.#woken = { key: await this.#keys.restore(kept.privateKey), kept };
    return this.#woken;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work, work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}
