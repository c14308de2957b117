import { describeProblem } from '@deskclaw/protocol';
import type { Session } from '../dialect/session.ts';
import { GatewayError } from '../rpc/gateway-error.ts';

/** What the peer said it offers: some say it in hundreds of names, and every request looks. */
export class Offer {
  #session: Session | undefined;
  #methods: ReadonlySet<string> | undefined;

  /** Why this method need not be asked for; `undefined`: it is offered, or the peer says nothing of what it offers. */
  refusal(session: Session | undefined, method: string, at: () => number): GatewayError | undefined {
    if (session !== this.#session) {
      this.#session = session;
      const { methods = [] } = session ?? {};
      // An empty list is no offer, it is silence.
      this.#methods = methods.length === 0 ? undefined : new Set(methods);
    }
    if (this.#methods === undefined || this.#methods.has(method)) return undefined;
    const version = session?.version;
    const facts = { method, ...(version === undefined ? {} : { version }) };
    return new GatewayError(describeProblem('method.not-offered', facts, at()), { outcome: 'not-sent' });
  }
}
