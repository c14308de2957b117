import type { BuiltinMethods } from '@deskclaw/protocol';
import { invalidParams } from '../errors.ts';
import { check, type Guard } from '../params/guard.ts';

type Params<M extends keyof BuiltinMethods> = BuiltinMethods[M]['params'];
type Result<M extends keyof BuiltinMethods> = BuiltinMethods[M]['result'];

/** Takes parameters as received; throws an `RpcFault` for invalid ones. */
export type Handler = (params: unknown) => unknown;
export type Handlers<Prefix extends string> = Readonly<
  Record<Extract<keyof BuiltinMethods, `${Prefix}.${string}`>, Handler>
>;

/**
 * Ties a method's guard and body to what `BuiltinMethods` promises for its name: the guard accepts at least
 * the promised params, the body returns the promised result.
 */
export function method<M extends keyof BuiltinMethods, P>(
  name: M,
  guard: Params<M> extends P ? Guard<P> : never,
  run: (params: P) => Result<M> | Promise<Result<M>>,
): Handler {
  return (params) => {
    const checked = check<P>(guard, params);
    if (!checked.ok) throw invalidParams(name, checked.fault);
    return run(checked.value);
  };
}
