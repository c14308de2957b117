import type { Credentials } from '../dialect/dialect.ts';
import type { DeviceProof } from '../dialect/openclaw-signature.ts';
import type { Refusal } from '../dialect/refusal.ts';
import type { Session } from '../dialect/session.ts';
import type { Logger } from '../ports/logger.ts';
import type { DeviceAuth } from './device-credentials.ts';
import {
  afterAccepted,
  afterRefusal,
  firstPlan,
  inContext,
  type LoginInput,
  type LoginPlan,
  type LoginStep,
} from './login-plan.ts';
import type { ConnectionAuth } from './options.ts';

/** Credentials and device proof of one attempt. */
export interface LoginAttempt {
  readonly credentials: Credentials;
  readonly device?: DeviceProof;
  readonly input: LoginInput;
}

/** Chooses how to introduce ourselves at each attempt, from what the answers to earlier ones have taught, and keeps what a gateway issues. */
export class Login {
  readonly #auth: () => ConnectionAuth | undefined;
  readonly #logger: Logger;
  #address: string | undefined;
  #plan: LoginPlan = firstPlan;

  /** @param auth asked at every attempt */
  constructor(auth: () => ConnectionAuth | undefined, logger: Logger) {
    this.#auth = auth;
    this.#logger = logger;
  }

  /** Rejects where we are to come as a device, and its key cannot be had. */
  async prepare(address: string, shared: Credentials): Promise<LoginAttempt> {
    // Another gateway: what the last one taught us does not hold.
    if (address !== this.#address) this.#plan = firstPlan;
    this.#address = address;
    const { device, useDevice } = this.#auth() ?? {};
    const hasSecret = shared.token !== undefined || shared.password !== undefined;
    const input: LoginInput = {
      hasDevice: device !== undefined,
      hasSecret,
      offered: hasSecret ? 'shared-secret' : 'nothing',
    };
    if (device === undefined) return { credentials: shared, input };
    if (useDevice === 'always') this.#plan = { ...this.#plan, asDevice: true };
    const token = await this.#storedToken(device, address);
    if (token !== undefined) this.#plan = { ...this.#plan, asDevice: true };
    if (!this.#plan.asDevice) return { credentials: shared, input };
    const proof = { key: await device.key(), signature: this.#plan.signature };
    if (token === undefined || this.#plan.spent.deviceToken) return { credentials: shared, device: proof, input };
    // In the place of the shared token: the one field that all versions take it in (measured).
    return { credentials: { token }, device: proof, input: { ...input, offered: 'device-token' } };
  }

  /** `again`: to be tried at once, in another way. */
  refused(refusal: Refusal, { input }: LoginAttempt): { readonly again: boolean; readonly refusal: Refusal } {
    const again = this.#apply(afterRefusal(this.#plan, refusal, input));
    return { again, refusal: inContext(refusal, input) };
  }

  /** @returns whether this was not the best we can have: try at once, in another way. */
  accepted(session: Session, issued: string | undefined, { input, credentials }: LoginAttempt): boolean {
    const device = this.#auth()?.device;
    if (device !== undefined && issued !== undefined && issued !== credentials.token && this.#address !== undefined) {
      this.#warnOnFailure(
        'The token that the gateway gave to this device cannot be kept',
        device.storeToken(this.#address, issued),
      );
    }
    return this.#apply(afterAccepted(this.#plan, session.missingScopes !== undefined, input));
  }

  #apply({ plan, again, forget }: LoginStep): boolean {
    this.#plan = plan;
    const device = this.#auth()?.device;
    if (forget && device !== undefined && this.#address !== undefined) {
      this.#warnOnFailure(
        'A token that the gateway does not take any more cannot be removed',
        device.forgetToken(this.#address),
      );
    }
    return again;
  }

  /** Most gateways accept us without a device, so an unreadable store is only reported. */
  async #storedToken(device: DeviceAuth, address: string): Promise<string | undefined> {
    try {
      return await device.tokenFor(address);
    } catch (error) {
      // The key is in the same place; to ask for it could be to ask a person a second time.
      if (this.#plan.asDevice) throw error;
      this.#logger.log('warn', `The tokens of this device cannot be read: ${errorMessage(error)}`);
      return undefined;
    }
  }

  #warnOnFailure(what: string, work: Promise<void>): void {
    work.catch((error: unknown) => this.#logger.log('warn', `${what}: ${errorMessage(error)}`));
  }
}

function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
