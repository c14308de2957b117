/** The identity of a device: an Ed25519 key pair whose private key stays behind `sign`. */
export interface DeviceKey {
  /** SHA-256 of the raw public key, hex. */
  readonly id: string;
  /** The raw 32 bytes, base64url. */
  readonly publicKey: string;
  /** Of the text in UTF-8; base64url. */
  sign(text: string): Promise<string>;
}

/** Makes device keys, and wakes them from the secret that was kept of them. */
export interface DeviceKeys {
  /** `secret`: the private key (PKCS #8, base64url), from which `restore` makes the same device again. */
  create(): Promise<{ readonly key: DeviceKey; readonly secret: string }>;
  /** Rejects where the secret is no Ed25519 key. */
  restore(secret: string): Promise<DeviceKey>;
}
