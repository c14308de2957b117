import type { Refusal } from '../dialect/refusal.ts';
import type { DeviceKey } from '../ports/device-keys.ts';

/**
 * When to come as a device. `when-asked`: to a gateway that asks for one, grants nothing to others, or knew this one before;
 * one on this machine lets a program with its token in without. `always`: from the first attempt on.
 */
export type DeviceUse = 'when-asked' | 'always';

/**
 * An identity of our own for gateways that know their clients by key. `address` is where a gateway listens; a token that one
 * gateway issued is never shown to another.
 */
export interface DeviceAuth {
  /** Made at the first call, and the same ever after. */
  key(): Promise<DeviceKey>;
  tokenFor(address: string): Promise<string | undefined>;
  storeToken(address: string, token: string): Promise<void>;
  forgetToken(address: string): Promise<void>;
}

/** Why a device that there is cannot be had. */
export type DeviceRefusal = Extract<Refusal, { readonly kind: 'device-locked' | 'device-lost' }>;

/** Its key is in the system's keyring, and does not come out of it. */
export class DeviceUnavailable extends Error {
  readonly refusal: DeviceRefusal;

  constructor(refusal: DeviceRefusal) {
    super(refusal.kind === 'device-locked' ? `the keyring: ${refusal.reason}` : 'the keyring has its key no more');
    this.name = 'DeviceUnavailable';
    this.refusal = refusal;
  }
}
