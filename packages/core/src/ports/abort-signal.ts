/** What is read of a signal where the program that is compiled declares none: no DOM and no types of Node. */
interface SignalLike {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** The platform's `AbortSignal`, in declarations that compile without its types too. */
export type AbortSignal = typeof globalThis extends { AbortSignal: { prototype: infer Signal } } ? Signal : SignalLike;
