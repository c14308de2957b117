import type { KeyringError, SecretReadResult } from '@deskclaw/core';
import type { DeviceRefusal } from '@deskclaw/core/internal';
import { isObject, parseJson } from '@deskclaw/protocol';

/** Setting for the place of the device key: the system's keyring if there is one, or always the file. */
export type DeviceKeysChoice = 'keyring' | 'file';

/**
 * Actual place of the device key. `noKeyring`: why the key is in the file although the setting asks for the keyring.
 */
export type DeviceKeyLocation =
  | { readonly stored: 'nowhere' }
  | { readonly stored: 'keyring' }
  | { readonly stored: 'file'; readonly noKeyring?: string };

/** Content of the device file. `secret`: the whole record. `marker`: the public part; the keyring has the rest. */
export type DeviceFile =
  | { readonly kind: 'none' }
  | { readonly kind: 'secret'; readonly text: string; readonly noKeyring?: string }
  | { readonly kind: 'marker'; readonly id: string; readonly gateways?: readonly string[] }
  | { readonly kind: 'unknown'; readonly text: string };

export function readDeviceFile(text: string | undefined): DeviceFile {
  if (text === undefined) return { kind: 'none' };
  const stored = parseJson(text);
  if (!isObject(stored)) return { kind: 'unknown', text };
  const { keptIn, id, gateways, privateKey, noKeyring } = stored;
  if (typeof privateKey === 'string')
    return { kind: 'secret', text, ...(typeof noKeyring === 'string' ? { noKeyring } : {}) };
  if (keptIn !== 'keyring' || typeof id !== 'string') return { kind: 'unknown', text };
  if (!Array.isArray(gateways)) return { kind: 'marker', id };
  return { kind: 'marker', id, gateways: gateways.filter((address) => typeof address === 'string') };
}

/** Returns the place of the key according to the file. */
export function deviceKeyLocation(file: DeviceFile): DeviceKeyLocation {
  if (file.kind === 'none') return { stored: 'nowhere' };
  if (file.kind === 'marker') return { stored: 'keyring' };
  return fileLocation(file.kind === 'secret' ? file.noKeyring : undefined);
}

export function fileLocation(noKeyring: string | undefined): DeviceKeyLocation {
  return { stored: 'file', ...(noKeyring === undefined ? {} : { noKeyring }) };
}

/** "keyring", "file", "file (no keyring: …)", "nowhere yet". */
export function describeDeviceKeyLocation(place: DeviceKeyLocation): string {
  if (place.stored !== 'file') return place.stored === 'keyring' ? 'keyring' : 'nowhere yet';
  return place.noKeyring === undefined ? 'file' : `file (no keyring: ${place.noKeyring})`;
}

/** Returns the marker for a record. Lists the addresses with a token, so that the keyring is not asked for others. */
export function toMarker(id: string, text: string): string {
  const stored = parseJson(text);
  const tokens = isObject(stored) && isObject(stored['tokens']) ? stored['tokens'] : {};
  return JSON.stringify({ keptIn: 'keyring', id, gateways: Object.keys(tokens) });
}

/** Whether the record may have a token for that address. */
export function mayHold(file: DeviceFile, address: string): boolean {
  return file.kind !== 'marker' || (file.gateways?.includes(address) ?? true);
}

/** The record as stored in the file. @param noKeyring why not in the keyring; `undefined`: the settings ask for the file */
export function toFileRecord(text: string, noKeyring: string | undefined): string {
  const stored = parseJson(text);
  if (!isObject(stored)) return text;
  const { noKeyring: _, ...record } = stored;
  return JSON.stringify({ ...record, ...(noKeyring === undefined ? {} : { noKeyring }) });
}

/** Windows keeps no more in one entry (CRED_MAX_CREDENTIAL_BLOB_SIZE). */
const LARGEST_SECRET_BYTES = 2_560;

/** Returns the record for the keyring, without the oldest tokens if it would be too large. */
export function toKeyringRecord(text: string): string {
  let record = toFileRecord(text, undefined);
  const stored = parseJson(record);
  if (!isObject(stored) || !isObject(stored['tokens'])) return record;
  const tokens = Object.entries(stored['tokens']);
  while (Buffer.byteLength(record) > LARGEST_SECRET_BYTES && tokens.length > 0) {
    tokens.shift();
    record = JSON.stringify({ ...stored, tokens: Object.fromEntries(tokens) });
  }
  return record;
}

/** Next step to load the record. `move-in`: to the keyring if possible. `move-out`: from the keyring to the file. */
export type LoadStep =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'take'; readonly text: string }
  | { readonly kind: 'move-in'; readonly text: string }
  | { readonly kind: 'ask' | 'move-out'; readonly id: string };

export function loadStep(file: DeviceFile, choice: DeviceKeysChoice): LoadStep {
  switch (file.kind) {
    case 'none':
      return { kind: 'nothing' };
    case 'secret':
      return { kind: choice === 'keyring' ? 'move-in' : 'take', text: file.text };
    case 'marker':
      return { kind: choice === 'keyring' ? 'ask' : 'move-out', id: file.id };
    // The text may be the only copy of a key: the caller reports it, and nothing changes it.
    case 'unknown':
      return { kind: 'take', text: file.text };
    default:
      return file satisfies never;
  }
}

/** Refusal for a key that the keyring has but does not return. */
export function lockedRefusal({ cause, message: reason }: KeyringError): DeviceRefusal {
  return { kind: 'device-locked', cause, reason };
}

/**
 * Judges the answer of the keyring for a device whose file says that the key is there.
 * @param foundId id of the device in the keyring; `undefined` if there is no readable one
 */
export function judgeReading(
  reading: SecretReadResult,
  expected: { readonly id: string; readonly path: string },
  foundId: string | undefined,
): { readonly secret: string } | DeviceRefusal {
  switch (reading.kind) {
    case 'found':
      return foundId === expected.id
        ? { secret: reading.secret }
        : { kind: 'device-lost', found: 'another', ...expected };
    case 'absent':
      return { kind: 'device-lost', found: 'nothing', ...expected };
    case 'error':
      return lockedRefusal(reading);
    default:
      return reading satisfies never;
  }
}
