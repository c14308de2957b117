import { createHash, createPublicKey, verify } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { webDeviceKeys } from '../../src/ports/browser/web-device-keys.ts';

/** The DER head of an Ed25519 public key (RFC 8410), checked against the library that gateways use. */
function publicKeyOf(raw: string) {
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(raw, 'base64url')]);
  return createPublicKey({ key: der, format: 'der', type: 'spki' });
}

describe('a device key', () => {
  test('a device key is named by the hash of its raw public key and signs what that key verifies', async () => {
    const { key } = await webDeviceKeys.create();
    const raw = Buffer.from(key.publicKey, 'base64url');
    expect(raw).toHaveLength(32);
    expect(key.id).toBe(createHash('sha256').update(raw).digest('hex'));
    const signature = await key.sign('v3|ä|€');
    expect(signature).toMatch(/^[\w-]{86}$/);
    const bytes = Buffer.from(signature, 'base64url');
    expect(verify(null, Buffer.from('v3|ä|€'), publicKeyOf(key.publicKey), bytes)).toBe(true);
    expect(verify(null, Buffer.from('v3|a|€'), publicKeyOf(key.publicKey), bytes)).toBe(false);
  });

  test('comes back whole from its secret, and no two are alike', async () => {
    const [one, other] = await Promise.all([webDeviceKeys.create(), webDeviceKeys.create()]);
    const again = await webDeviceKeys.restore(one.secret);
    expect([again.id, again.publicKey]).toEqual([one.key.id, one.key.publicKey]);
    expect(await again.sign('text')).toBe(await one.key.sign('text'));
    expect(other.key.id).not.toBe(one.key.id);
  });

  test.each(['', 'AAAA', 'not base64 at all!'])('cannot be made of "%s"', async (secret) => {
    await expect(webDeviceKeys.restore(secret)).rejects.toThrow();
  });
});
