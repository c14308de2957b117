import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { PinnedCertificate } from '../sockets.ts';

/**
 * Reads the certificate of a server, the first one in the file, to accept no other.
 * @throws Error that names the file where it cannot be read or holds no certificate.
 */
export async function readPinnedCertificate(source: string): Promise<PinnedCertificate> {
  try {
    return { fingerprint256: new X509Certificate(await readFile(source)).fingerprint256, source };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`the certificate of the gateway cannot be read from ${source}: ${why}`);
  }
}
