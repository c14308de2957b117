import { check, type Guard } from '../../params/guard.ts';
import { openClawMessage } from '../connect-params.ts';
import { OpenClawFault } from '../errors.ts';
import type { OpenClawMethod } from '../method-names.ts';

export type OpenClawHandler = (params: unknown) => unknown;
export type OpenClawHandlers = Readonly<Record<OpenClawMethod, OpenClawHandler>>;

/** Wraps a handler with its guard; OpenClaw clients send `{}` for no parameters. */
export function openClawMethod<P>(name: string, guard: Guard<P>, run: (params: P) => unknown): OpenClawHandler {
  return (params) => {
    const checked = check(guard, params ?? {});
    if (!checked.ok) {
      throw new OpenClawFault({
        code: 'INVALID_REQUEST',
        message: `invalid ${name} params: ${openClawMessage(checked.fault)}`,
      });
    }
    return run(checked.value);
  };
}
