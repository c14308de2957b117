import type { SignatureVersion } from '../dialect/device-identity.ts';
import type { Refusal } from '../dialect/refusal.ts';

/** How we come to one gateway: what its answers so far have taught us. */
export interface LoginPlan {
  /** As a device that is known by its key; else as a local program with a shared secret. */
  readonly asDevice: boolean;
  readonly signature: SignatureVersion;
  /** One try each, until somebody lets us in or we give up. */
  readonly spent: { readonly signature: boolean; readonly deviceToken: boolean };
}

/** What one attempt brought along. */
export interface LoginInput {
  readonly hasDevice: boolean;
  /** A token or a password that is not the device's own. */
  readonly hasSecret: boolean;
  readonly offered: 'device-token' | 'shared-secret' | 'nothing';
}

export interface LoginStep {
  readonly plan: LoginPlan;
  /** Whether the next attempt would be another one than the one that was refused. */
  readonly again: boolean;
  /** The gateway does not know the device's token any more. */
  readonly forget: boolean;
}

const unspent = { signature: false, deviceToken: false } as const;

export const firstPlan: LoginPlan = { asDevice: false, signature: 'v3', spent: unspent };

function again(plan: LoginPlan, forget = false): LoginStep {
  return { plan, again: true, forget };
}

/** What was learned is kept; whoever tries again, on a user's word, has every try again. */
function giveUp(plan: LoginPlan, forget = false): LoginStep {
  return { plan: { ...plan, spent: unspent }, again: false, forget };
}

/** A refusal, and whether to come another way at once: each way is gone once, so this ends after three. */
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
    // Nothing was said about who we are: the next attempt is the same one.
    case 'rate-limited':
    case 'starting':
    case 'invalid-frame':
    case 'other-dialect':
      return { plan, again: false, forget: false };
    default:
      return refusal satisfies never;
  }
}

/** The refusal in the light of what was offered. */
export function inContext(refusal: Refusal, input: LoginInput): Refusal {
  if (refusal.kind === 'token-mismatch' && input.offered === 'device-token')
    return { ...refusal, kind: 'device-revoked' };
  if (refusal.kind === 'device-required' && !input.hasSecret) return { ...refusal, kind: 'token-missing' };
  return refusal;
}

/**
 * It let us in. A local program may be let in with no rights at all (2026.5 and later, where the socket does not look local):
 * a device is given them, so that is tried once.
 */
export function afterAccepted(plan: LoginPlan, missesScopes: boolean, input: LoginInput): LoginStep {
  if (missesScopes && !plan.asDevice && input.hasDevice) return again({ ...plan, asDevice: true });
  return giveUp(plan);
}
