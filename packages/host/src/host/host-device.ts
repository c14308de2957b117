import { type Environment, type SecretStore, StoredDevice } from '@deskclaw/core';
import { recordFile, webDeviceKeys } from '@deskclaw/core/internal';
import { deviceKeysChoice, type Settings } from '../profile/config.ts';
import { type DeviceKeyLocation, describeDeviceKeyLocation } from '../profile/device-file.ts';
import { DeviceRecord } from '../profile/device-record.ts';
import type { Paths } from '../profile/paths.ts';

/** Returns the account under which the keyring holds the key of a profile's device. */
export function deviceAccount({ state }: Pick<Paths, 'state'>): string {
  return `device of ${state}`;
}

export interface HostDeviceOptions {
  readonly paths: Paths;
  readonly env: Environment;
  readonly settings: () => Settings;
  readonly keyring: SecretStore;
  readonly learnSecret: (secret: string) => void;
  /** For the log. */
  readonly log: (text: string) => void;
}

const unavailable = {
  kind: 'error',
  cause: 'unavailable',
  message: 'this host was started without a way to it',
} as const;

export const noKeyring: SecretStore = {
  read: async () => unavailable,
  write: async () => unavailable,
  remove: async () => unavailable,
};

/**
 * Returns the device identity of a profile, for gateways that know their clients by key. Nothing is read, created or asked for
 * before it is needed.
 */
export function createHostDevice({
  paths,
  env,
  settings,
  keyring,
  learnSecret,
  log: tell,
}: HostDeviceOptions): StoredDevice {
  let lastLogged = '';
  const onPlace = (place: DeviceKeyLocation) => {
    const description = describeDeviceKeyLocation(place);
    if (description !== lastLogged) tell(`The key of this device is kept in: ${description}`);
    lastLogged = description;
  };
  const records = new DeviceRecord({
    file: recordFile(paths.device),
    path: paths.device,
    keyring,
    account: deviceAccount(paths),
    choice: () => deviceKeysChoice(settings(), env),
    keys: webDeviceKeys,
    onLocation: onPlace,
  });
  return new StoredDevice({ records, mayHaveToken: records.mayHold, learnSecret });
}
