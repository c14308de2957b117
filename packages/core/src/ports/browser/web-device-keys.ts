import type { DeviceKey, DeviceKeys } from '../device-keys.ts';

type PrivateKey = Awaited<ReturnType<typeof globalThis.crypto.subtle.importKey>>;

const ED25519 = { name: 'Ed25519' } as const;

function toBase64Url(bytes: ArrayBuffer): string {
  const text = String.fromCharCode(...new Uint8Array(bytes));
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const bytes = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(bytes, (character) => character.charCodeAt(0));
}

function toHex(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @param publicKey the raw 32 bytes, base64url */
async function deviceKey(privateKey: PrivateKey, publicKey: string): Promise<DeviceKey> {
  const { subtle } = globalThis.crypto;
  return {
    id: toHex(await subtle.digest('SHA-256', fromBase64Url(publicKey))),
    publicKey,
    sign: async (text) => toBase64Url(await subtle.sign(ED25519, privateKey, new TextEncoder().encode(text))),
  };
}

/** By the Web Cryptography API, which Node, Electron and browsers have alike (browsers in secure contexts only). */
export const webDeviceKeys: DeviceKeys = {
  async create() {
    const { subtle } = globalThis.crypto;
    const pair = await subtle.generateKey(ED25519, true, ['sign', 'verify']);
    if (!('privateKey' in pair)) throw new TypeError('Ed25519 made no key pair');
    const [secret, raw] = await Promise.all([
      subtle.exportKey('pkcs8', pair.privateKey),
      subtle.exportKey('raw', pair.publicKey),
    ]);
    return { key: await deviceKey(pair.privateKey, toBase64Url(raw)), secret: toBase64Url(secret) };
  },
  async restore(secret) {
    const { subtle } = globalThis.crypto;
    const privateKey = await subtle.importKey('pkcs8', fromBase64Url(secret), ED25519, true, ['sign']);
    // The public half is not asked for separately: a key and a public key that do not belong together cannot be kept.
    const { x } = await subtle.exportKey('jwk', privateKey);
    if (x === undefined) throw new TypeError('the private key tells no public one');
    return deviceKey(privateKey, x);
  },
};
