import type { DialectName } from '@deskclaw/protocol';

/** Why a peer did not accept us, in any dialect: the meaning of its answer, not yet a decision. */
export type Refusal =
  | { readonly kind: 'token-missing'; readonly message: string }
  | { readonly kind: 'token-mismatch'; readonly message: string }
  /** A person has to approve this device first. `requestId` is safe to be shown as part of a shell command. */
  | {
      readonly kind: 'pairing-required';
      readonly message: string;
      readonly requestId?: string;
      readonly reason?: string;
    }
  /** The peer could not verify our signature; older gateways know only an older form. */
  | { readonly kind: 'signature-refused'; readonly message: string }
  /** The peer requires a device identity, or at least a token: OpenClaw asks for one if there is neither. */
  | { readonly kind: 'device-required'; readonly message: string }
  /** The peer does not accept the token any more that it gave to this device. */
  | { readonly kind: 'device-revoked'; readonly message: string }
  /** Our device cannot be used: its key does not sign. */
  | { readonly kind: 'device-invalid'; readonly detail: string }
  /** Our device is in the system's keyring, which does not return it. `reason` is without a full stop. */
  | {
      readonly kind: 'device-locked';
      readonly cause: 'refused' | 'waiting' | 'unavailable';
      readonly reason: string;
    }
  /** Our device was in the system's keyring, which does not have it any more. `path`: the file that says which device it is. */
  | {
      readonly kind: 'device-lost';
      readonly found: 'nothing' | 'another';
      readonly id: string;
      readonly path: string;
    }
  | { readonly kind: 'scope-missing'; readonly missing: readonly string[] }
  | { readonly kind: 'rate-limited'; readonly retryAfterMs?: number }
  | { readonly kind: 'protocol-mismatch'; readonly ours: string; readonly theirs: string }
  /** The peer runs, and does not accept connections yet (or any more, while it restarts). */
  | { readonly kind: 'starting'; readonly message: string; readonly retryAfterMs?: number }
  /** Any other error, with the message of the peer. */
  | {
      readonly kind: 'rejected';
      /** The method that was answered with the error. Default `connect`. */
      readonly method?: string;
      readonly code: number | string;
      readonly message: string;
      readonly retryAfterMs?: number;
    }
  /** The frame is no handshake of this dialect. */
  | { readonly kind: 'invalid-frame'; readonly detail: string }
  /** The peer speaks another dialect than the one we began in. */
  | { readonly kind: 'other-dialect'; readonly speaks: DialectName };
