import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import type { JSONRPCMessage, RequestId } from '@modelcontextprotocol/sdk/types.js';

/** The id of the request that a notification takes back: it gets no answer. */
function cancelledId(message: JSONRPCMessage): RequestId | undefined {
  if (!('method' in message) || message.method !== 'notifications/cancelled') return undefined;
  const id = message.params?.['requestId'];
  return typeof id === 'string' || typeof id === 'number' ? id : undefined;
}

/** A transport on standard input and output that knows which requests have no answer yet. */
export class AnsweringTransport extends StdioServerTransport {
  readonly #open = new Set<RequestId>();
  readonly #waiters = new Set<() => void>();

  constructor(...streams: ConstructorParameters<typeof StdioServerTransport>) {
    super(...streams);
    // A server that connects calls this handler before its own.
    this.onmessage = (message) => {
      if ('method' in message && 'id' in message) this.#open.add(message.id);
      const cancelled = cancelledId(message);
      if (cancelled !== undefined) this.#close(cancelled);
    };
  }

  override async send(message: JSONRPCMessage): Promise<void> {
    await super.send(message);
    if (!('method' in message) && message.id !== undefined) this.#close(message.id);
  }

  /** Resolves when every request that has arrived is answered or cancelled. */
  answered(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#open.size === 0) resolve();
      else this.#waiters.add(resolve);
    });
  }

  #close(id: RequestId): void {
    this.#open.delete(id);
    if (this.#open.size > 0) return;
    for (const waiter of this.#waiters) waiter();
    this.#waiters.clear();
  }
}
