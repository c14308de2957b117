import type { DialectName } from '@deskclaw/protocol';

/** Why a peer would not have us, whatever its dialect: the wire's words turned into meaning, not yet into a decision. */
export type Refusal =
  | { readonly kind: 'token-missing'; readonly message: string }
  | { readonly kind: 'token-mismatch'; readonly message: string }
  /** Somebody has to approve this device first. `requestId` holds nothing that a shell would take for more than a word. */
  | {
      readonly kind: 'pairing-required';
      readonly message: string;
      readonly requestId?: string;
      readonly reason?: string;
    }
  /** It could not verify how we signed; older gateways know an older way only. */
  | { readonly kind: 'signature-refused'; readonly message: string }
  /** It wants a device identity, or at least a token: OpenClaw asks for one of anyone who brings neither. */
  | { readonly kind: 'device-required'; readonly message: string }
  /** It takes the token no more that it once gave to this device. */
  | { readonly kind: 'device-revoked'; readonly message: string }
  /** Ours cannot be used: its key does not sign. */
  | { readonly kind: 'device-invalid'; readonly detail: string }
  /** Ours is in the system's keyring, which does not give it. `reason` is without a full stop. */
  | {
      readonly kind: 'device-locked';
      readonly because: 'refused' | 'waiting' | 'unavailable';
      readonly reason: string;
    }
  /** Ours was in the system's keyring, which has it no more. `path`: the file that says which device it is. */
  | {
      readonly kind: 'device-lost';
      readonly found: 'nothing' | 'another';
      readonly id: string;
      readonly path: string;
    }
  | { readonly kind: 'scope-missing'; readonly missing: readonly string[] }
  | { readonly kind: 'rate-limited'; readonly retryAfterMs?: number }
  | { readonly kind: 'protocol-mismatch'; readonly ours: string; readonly theirs: string }
  /** Alive, and not yet (or no longer, while it restarts) taking connections. */
  | { readonly kind: 'starting'; readonly message: string; readonly retryAfterMs?: number }
  /** Any other error, in the peer's words. */
  | {
      readonly kind: 'rejected';
      readonly code: number | string;
      readonly message: string;
      readonly retryAfterMs?: number;
    }
  /** What came is not this dialect's handshake. */
  | { readonly kind: 'invalid-frame'; readonly detail: string }
  /** It speaks another dialect than the one we began in. */
  | { readonly kind: 'other-dialect'; readonly speaks: DialectName };
