import type { Refusal } from '../dialect/refusal.ts';
import type { DeviceKey } from '../ports/device-keys.ts';

/**
 * When to log in as a device. `when-asked`: to a gateway that requires one, grants no scopes to others, or knew this one
 * before; a gateway on this machine accepts a program with its token without one. `always`: from the first attempt on.
 */
export type DeviceUse = 'when-asked' | 'always';

/**
 * An identity of our own for gateways that know their clients by key. `address` is where a gateway listens; a token that one
 * gateway issued is never shown to another.
 */
export interface DeviceAuth {
  /** Resolves with the key of this device, which is created at the first call. */
  key(): Promise<DeviceKey>;
  tokenFor(address: string): Promise<string | undefined>;
  storeToken(address: string, token: string): Promise<void>;
  forgetToken(address: string): Promise<void>;
}

/** Why the key of an existing device cannot be read. */
export type DeviceRefusal = Extract<Refusal, { readonly kind: 'device-locked' | 'device-lost' }>;

/** Thrown when the key of the device is in the system's keyring and cannot be read from it. */
export class DeviceUnavailable extends Error {
  readonly refusal: DeviceRefusal;

  constructor(refusal: DeviceRefusal) {
    super(refusal.kind === 'device-locked' ? `the keyring: ${refusal.reason}` : 'the keyring has its key no more');
    this.name = 'DeviceUnavailable';
    this.refusal = refusal;
  }
}
