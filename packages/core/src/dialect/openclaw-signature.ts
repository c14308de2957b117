import type { ConnectChallenge, ConnectDevice, ConnectParams } from '@deskclaw/protocol';
import type { DeviceKey } from '../ports/device-keys.ts';

/** `v2` is all that 2026.2 knows; 2026.5 and later take both, and `v3` binds the platform as well (measured). */
export type SignatureVersion = 'v2' | 'v3';

export interface DeviceProof {
  readonly key: DeviceKey;
  readonly signature: SignatureVersion;
}

/** Returns the text that a device signs: client, role, scopes, token and the nonce of the challenge. */
export function signedText(
  version: SignatureVersion,
  params: Pick<ConnectParams, 'client' | 'role' | 'scopes' | 'auth'>,
  device: Pick<ConnectDevice, 'id' | 'signedAt' | 'nonce'>,
): string {
  const { client, role, scopes, auth } = params;
  const common = [
    version,
    device.id,
    client.id,
    client.mode,
    role,
    scopes.join(','),
    String(device.signedAt),
    // Another token than the one that is sent makes the signature invalid.
    auth?.token ?? '',
    device.nonce,
  ];
  const bound = [client.platform.toLowerCase(), (client.deviceFamily ?? '').toLowerCase()];
  return [...common, ...(version === 'v3' ? bound : [])].join('|');
}

/** `connect` as this device says it. Rejects where the key cannot sign. */
export async function signConnectParams(
  params: ConnectParams,
  { key, signature: version }: DeviceProof,
  { nonce, ts: signedAt }: ConnectChallenge,
): Promise<ConnectParams> {
  const { id, publicKey } = key;
  const signature = await key.sign(signedText(version, params, { id, signedAt, nonce }));
  return { ...params, device: { id, publicKey, signature, signedAt, nonce } };
}
