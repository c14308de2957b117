import type { SignatureVersion } from '../dialect/openclaw-signature.ts';
import type { Refusal } from '../dialect/refusal.ts';

/** How to log in to one gateway, learned from its answers so far. */
export interface LoginPlan {
  /** Whether to log in as a device that is known by its key; else as a local program with a shared secret. */
  readonly asDevice: boolean;
  readonly signature: SignatureVersion;
  /** Which ways were tried; each is tried once until a gateway accepts us or we give up. */
  readonly spent: { readonly signature: boolean; readonly deviceToken: boolean };
}

/** Credentials available to one attempt. */
export interface LoginInput {
  readonly hasDevice: boolean;
  /** A token or a password that is not the device's own. */
  readonly hasSecret: boolean;
  readonly offered: 'device-token' | 'shared-secret' | 'nothing';
}

export interface LoginStep {
  readonly plan: LoginPlan;
  /** Whether the next attempt differs from the one that was refused. */
  readonly again: boolean;
  /** Whether to remove the device token: the gateway does not know it any more. */
  readonly forget: boolean;
}

const unspent = { signature: false, deviceToken: false } as const;

export const firstPlan: LoginPlan = { asDevice: false, signature: 'v3', spent: unspent };

function again(plan: LoginPlan, forget = false): LoginStep {
  return { plan, again: true, forget };
}

/** Keeps what was learned. The next attempt, on a user request, has every way to log in again. */
function giveUp(plan: LoginPlan, forget = false): LoginStep {
  return { plan: { ...plan, spent: unspent }, again: false, forget };
}

/** Returns what a refusal teaches, and whether to try another way at once: each way is tried once, so this ends after three. */
export function afterRefusal(plan: LoginPlan, refusal: Refusal, input: LoginInput): LoginStep {
  const { spent } = plan;
  switch (refusal.kind) {
    case 'device-required':
      return input.hasDevice && !plan.asDevice ? again({ ...plan, asDevice: true }) : giveUp(plan);
    case 'signature-refused': {
      const other = plan.signature === 'v3' ? 'v2' : 'v3';
      if (!plan.asDevice || spent.signature) return giveUp({ ...plan, signature: 'v3' });
      return again({ ...plan, signature: other, spent: { ...spent, signature: true } });
    }
    case 'token-mismatch':
    case 'scope-missing': {
      if (input.offered !== 'device-token') return giveUp(plan);
      const forget = refusal.kind === 'token-mismatch';
      const next = { ...plan, spent: { ...spent, deviceToken: true } };
      return input.hasSecret && !spent.deviceToken ? again(next, forget) : giveUp(plan, forget);
    }
    case 'token-missing':
    case 'pairing-required':
    case 'device-revoked':
    case 'device-invalid':
    case 'device-locked':
    case 'device-lost':
    case 'protocol-mismatch':
    case 'rejected':
      return giveUp(plan);
    // These refusals say nothing about the credentials: the next attempt uses the same.
    case 'rate-limited':
    case 'starting':
    case 'invalid-frame':
    case 'other-dialect':
      return { plan, again: false, forget: false };
    default:
      return refusal satisfies never;
  }
}

/** Returns what the refusal means for the credentials that were offered. */
export function inContext(refusal: Refusal, input: LoginInput): Refusal {
  if (refusal.kind === 'token-mismatch' && input.offered === 'device-token')
    return { ...refusal, kind: 'device-revoked' };
  if (refusal.kind === 'device-required' && !input.hasSecret) return { ...refusal, kind: 'token-missing' };
  return refusal;
}

/**
 * The gateway accepted us. A local program may be accepted without any scope (2026.5 and later, where the socket does not look
 * local): a device is granted them, so that is tried once.
 */
export function afterAccepted(plan: LoginPlan, missesScopes: boolean, input: LoginInput): LoginStep {
  if (missesScopes && !plan.asDevice && input.hasDevice) return again({ ...plan, asDevice: true });
  return giveUp(plan);
}
