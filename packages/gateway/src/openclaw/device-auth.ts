import { createHash, createPublicKey, verify } from 'node:crypto';
import type { ConnectRequest } from './connect-params.ts';

/** The DER head of an Ed25519 public key (RFC 8410); the raw 32 bytes follow. */
const ED25519_HEAD = Buffer.from('302a300506032b6570032100', 'hex');
const MAX_AGE_MS = 120_000;

export type DeviceFault =
  | {
      readonly code: 'DEVICE_AUTH_DEVICE_ID_MISMATCH';
      readonly reason: 'device-id-mismatch';
      readonly message: 'device identity mismatch';
    }
  | {
      readonly code: 'DEVICE_AUTH_SIGNATURE_EXPIRED';
      readonly reason: 'device-signature-stale';
      readonly message: 'device signature expired';
    }
  | {
      readonly code: 'DEVICE_AUTH_NONCE_MISMATCH';
      readonly reason: 'device-nonce-mismatch';
      readonly message: 'device nonce mismatch';
    }
  | {
      readonly code: 'DEVICE_AUTH_SIGNATURE_INVALID';
      readonly reason: 'device-signature';
      readonly message: 'device signature invalid';
    };

export interface DeviceCheckContext {
  readonly nonce: string;
  /** Epoch ms. */
  readonly now: number;
  readonly protocol: 3 | 4;
}

/** Checks that the device holds the key its id is made of, and signed this very connect. `undefined` when all is well. */
export function findDeviceFault(request: ConnectRequest, context: DeviceCheckContext): DeviceFault | undefined {
  const { device } = request;
  const { nonce, now, protocol } = context;
  if (device === undefined) return undefined;
  const key = Buffer.from(device.publicKey, 'base64url');
  if (key.length !== 32 || createHash('sha256').update(key).digest('hex') !== device.id) {
    return {
      code: 'DEVICE_AUTH_DEVICE_ID_MISMATCH',
      reason: 'device-id-mismatch',
      message: 'device identity mismatch',
    };
  }
  if (Math.abs(now - device.signedAt) > MAX_AGE_MS) {
    return {
      code: 'DEVICE_AUTH_SIGNATURE_EXPIRED',
      reason: 'device-signature-stale',
      message: 'device signature expired',
    };
  }
  if (device.nonce !== nonce) {
    return { code: 'DEVICE_AUTH_NONCE_MISMATCH', reason: 'device-nonce-mismatch', message: 'device nonce mismatch' };
  }
  const publicKey = createPublicKey({ key: Buffer.concat([ED25519_HEAD, key]), format: 'der', type: 'spki' });
  const signature = Buffer.from(device.signature, 'base64url');
  const signed = signedTexts(request, device, protocol).some((text) =>
    verify(null, Buffer.from(text), publicKey, signature),
  );
  return signed
    ? undefined
    : { code: 'DEVICE_AUTH_SIGNATURE_INVALID', reason: 'device-signature', message: 'device signature invalid' };
}

/**
 * Returns the texts a device may sign: version 2 as 2026.2 and later accept it, version 3 with the platform as 2026.5 and
 * later do.
 */
function signedTexts(
  request: ConnectRequest,
  device: NonNullable<ConnectRequest['device']>,
  protocol: 3 | 4,
): readonly string[] {
  const { client, role, scopes, auth } = request;
  const token = auth?.token ?? auth?.deviceToken ?? '';
  const parts = [
    device.id,
    client.id,
    client.mode,
    role ?? 'operator',
    (scopes ?? []).join(','),
    device.signedAt,
    token,
    device.nonce,
  ];
  const platform = [client.platform.toLowerCase(), (client.deviceFamily ?? '').toLowerCase()];
  const v2 = ['v2', ...parts].join('|');
  return protocol === 3 ? [v2] : [['v3', ...parts, ...platform].join('|'), v2];
}
