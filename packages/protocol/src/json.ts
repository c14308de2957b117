/** Any value that survives a trip through JSON text. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** A plain object as `JSON.parse` makes it: not null, not an array. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Largest time that a `Date` can hold, ms: JSON can say later ones, with which `toISOString` throws. */
const LATEST_MS = 8.64e15;

/** Whether a value of a file or of a peer is a time in epoch ms. */
export function isEpochTime(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= LATEST_MS;
}

/** Parses JSON text; `undefined` (which JSON cannot say) stands for text that is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
