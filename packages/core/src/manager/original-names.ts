import type { Unsubscribe } from '../events/emitter.ts';

/** Options of the original `GatewayManager`, and what they are called now. */
const renamedOptions: Readonly<Record<string, string>> = {
  maxAttempts: 'reconnect.maxAttempts',
  baseDelay: 'reconnect.baseDelayMs',
  maxDelay: 'reconnect.maxDelayMs',
};

/** Returns the first option that has the name it had in the original manager, and its name now. */
export function renamedOptionIn(options: unknown): { readonly name: string; readonly now: string } | undefined {
  if (typeof options !== 'object' || options === null) return undefined;
  for (const [name, now] of Object.entries(renamedOptions)) if (Object.hasOwn(options, name)) return { name, now };
  return undefined;
}

/** Methods that the original manager had as an `EventEmitter`, and what to do instead. */
const emitterMethods: Readonly<Record<string, string>> = {
  emit: 'events come from the gateway only',
  eventNames: 'the events are the keys of the type ManagerEvents',
  getMaxListeners: 'there is no limit',
  listenerCount: 'keep what on() returns',
  listeners: 'keep what on() returns',
  prependListener: 'use on(); listeners run in the order in which they were added',
  prependOnceListener: 'use once(); listeners run in the order in which they were added',
  rawListeners: 'keep what on() returns',
  removeAllListeners: 'call what on() returned, for each listener',
  setMaxListeners: 'there is no limit',
};

function refusal(name: string, instead: string): () => never {
  return () => {
    throw new TypeError(`GatewayManager is no EventEmitter and has no ${name}(): ${instead}.`);
  };
}

/** Gives a class the methods of an `EventEmitter` that it does not have, so that a call says what to do instead. */
export function refuseEmitterMethods(prototype: object): void {
  for (const [name, instead] of Object.entries(emitterMethods)) {
    Object.defineProperty(prototype, name, { value: refusal(name, instead), configurable: true });
  }
}

/** What `on(...)` returns, with getters that say why calls on it cannot be chained. */
const chain: object = Object.create(Function.prototype);
for (const name of ['on', 'once', 'off', 'addListener', 'removeListener', 'emit']) {
  const refuse = refusal(
    name,
    `on() and once() return a function that removes the listener; call ${name}() on the manager`,
  );
  Object.defineProperty(chain, name, { value: refuse, configurable: true });
}

/** Lets a chained call, `manager.on(...).on(...)`, fail with what to do instead. */
export function unchainable(unsubscribe: Unsubscribe): Unsubscribe {
  Object.setPrototypeOf(unsubscribe, chain);
  return unsubscribe;
}
