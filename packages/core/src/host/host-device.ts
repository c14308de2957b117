import { KeptDevice } from '../connection/kept-device.ts';
import { webDeviceKeys } from '../ports/browser/web-device-keys.ts';
import type { Clock } from '../ports/clock.ts';
import { recordFile } from '../ports/node/record-file.ts';
import type { SecretStore } from '../ports/secret-store.ts';
import type { Environment } from '../process/environment.ts';
import { type Settings, whereDeviceKeys } from '../profile/config.ts';
import { type DevicePlace, describePlace } from '../profile/device-file.ts';
import { DeviceRecord } from '../profile/device-record.ts';
import type { Paths } from '../profile/paths.ts';
import { PatientSecrets } from '../profile/patient-secrets.ts';

export interface HostDevice {
  readonly paths: Paths;
  readonly env: Environment;
  readonly settings: () => Settings;
  /** `undefined`: this host was started without one. */
  readonly keyring: SecretStore | undefined;
  readonly clock: Clock;
  readonly learnSecret: (secret: string) => void;
  /** For the log. */
  readonly tell: (text: string) => void;
}

const unavailable = {
  kind: 'error',
  cause: 'unavailable',
  message: 'this host was started without a way to it',
} as const;

const noKeyring: SecretStore = {
  read: async () => unavailable,
  write: async () => unavailable,
  remove: async () => unavailable,
};

/** Who a profile is to gateways that know their clients by key. Nothing is read, made or asked before somebody needs it. */
export function hostDevice({ paths, env, settings, keyring, clock, learnSecret, tell }: HostDevice): KeptDevice {
  let told = '';
  const onPlace = (place: DevicePlace) => {
    const words = describePlace(place);
    if (words !== told) tell(`The key of this device is kept in: ${words}`);
    told = words;
  };
  const records = new DeviceRecord({
    file: recordFile(paths.device),
    path: paths.device,
    keyring: keyring === undefined ? noKeyring : new PatientSecrets(keyring, clock),
    account: `device of ${paths.state}`,
    choice: () => whereDeviceKeys(settings(), env),
    keys: webDeviceKeys,
    onPlace,
  });
  return new KeptDevice({ records, mayHold: records.mayHold, learnSecret });
}
