import { faultInPath } from '@deskclaw/core/internal';
import * as z from 'zod/mini';

/** Checks a value by a function of the SDK, which returns the place and the fault in one text, or the fault alone. */
export function fitting<T>(faultOf: (value: T) => string | undefined): z.core.$ZodCheck<T> {
  return z.check<T>(({ value, issues }) => {
    const found = faultOf(value);
    if (found === undefined) return;
    const [, place = '', message = found] = /^[a-z]+((?:\.[^:\s]+)?): (.*)$/s.exec(found) ?? [];
    issues.push({ code: 'custom', input: value, path: place.split('.').slice(1), message });
  });
}

/** The path of an address, with or without a query. */
export const pathSchema = z.string().check(fitting(faultInPath));
