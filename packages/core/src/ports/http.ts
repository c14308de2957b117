import type { PeerVerifier, PinnedCertificate } from './sockets.ts';

export interface HttpResponse {
  readonly status: number;
  readonly contentType: string;
  /** Cut off after 64 KiB. */
  readonly body: string;
}

/** One small GET; `undefined` stands for no answer, with the reason in words. */
export interface Http {
  /** @param verifyPeer asked before the request is sent. @param certificate the one to accept, of an `https://` address */
  get(
    url: string,
    timeoutMs: number,
    verifyPeer?: PeerVerifier,
    certificate?: PinnedCertificate,
  ): Promise<HttpResponse | { readonly failure: string }>;
}
