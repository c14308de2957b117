/** JSON whose numbers are kept as they are written: identifiers beyond 2^53, long decimals, 1e400. */
import { parseJson } from './json.ts';

type Reviver = (key: string, value: unknown, context?: { readonly source?: string }) => unknown;

/** Makes a value that `JSON.stringify` writes as this text. Absent before Node 22: numbers are doubles there. */
const rawJson: unknown = Reflect.get(JSON, 'rawJSON');

const keepWritten: Reviver = (_key, value, context) => {
  const source = context?.source;
  if (typeof value !== 'number' || source === undefined || typeof rawJson !== 'function') return value;
  // Such as `1.0`, `1e400` and integers that a double rounds.
  return String(value) === source ? value : Reflect.apply(rawJson, JSON, [source]);
};

/** Digits that a double may not hold, an exponent, or a fraction that ends in zeros. */
const notPlain = /[\d.]{16,}|\d[eE][+-]?\d|\.\d*0(?!\d)|-0(?![\d.])/;

/** Returns whether some number in this JSON text may be written otherwise than a double is. False positives cost time only. */
export function mayLoseDigits(text: string): boolean {
  return notPlain.test(text);
}

/** Parses JSON text so that `JSON.stringify` writes each number as it was. `undefined` stands for text that is not JSON. */
export function parseAsWritten(text: string): unknown {
  if (!mayLoseDigits(text)) return parseJson(text);
  try {
    return JSON.parse(text, keepWritten);
  } catch {
    return undefined;
  }
}
