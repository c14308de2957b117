import type { Credentials } from '../dialect/dialect.ts';

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Tab, printable ASCII, and the bytes above: what a header may carry (RFC 9110). */
const headerText = /^[\t\x20-\x7e\x80-\xff]*$/;
/** Headers that the WebSocket handshake sets itself. */
const ownHeaders = /^(host|connection|upgrade|content-length|transfer-encoding|sec-websocket-.*)$/i;

/** Shorter values would mask ordinary words. */
const MIN_SECRET_LENGTH = 8;

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** Returns what is wrong with headers of an upgrade, beginning with the place; `undefined` if nothing is. Repeats no value. */
export function faultInHeaders(headers: unknown): string | undefined {
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers))
    return 'headers: Invalid input: expected an object with a text for each name';
  for (const [name, value] of Object.entries(headers)) {
    if (!token.test(name)) return `headers: ${JSON.stringify(name)} is no name of a header`;
    if (name.toLowerCase() === 'sec-websocket-protocol') return `headers.${name}: use protocols instead`;
    if (ownHeaders.test(name)) return `headers.${name}: the WebSocket sets this header itself`;
    if (!isText(value)) return `headers.${name}: Invalid input: expected a text`;
    if (!headerText.test(value)) return `headers.${name}: it has characters that a header cannot carry`;
  }
  return undefined;
}

/** Returns what is wrong with the path of an address, with or without a query; `undefined` if nothing is. */
export function faultInPath(path: string): string | undefined {
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(path)) return 'a path is needed, not a whole address; for that there is "url"';
  return /[#\s\p{Cc}]/u.test(path) ? 'it has a space or a character that a path cannot have' : undefined;
}

/** Returns what is wrong with offered subprotocols, beginning with the place; `undefined` if nothing is. */
export function faultInProtocols(protocols: unknown): string | undefined {
  if (!Array.isArray(protocols)) return 'protocols: Invalid input: expected an array of names';
  const names: readonly unknown[] = protocols;
  for (const [index, name] of names.entries()) {
    if (!isText(name) || !token.test(name))
      return `protocols.${String(index)}: ${JSON.stringify(name) ?? 'undefined'} is no name of a subprotocol`;
    if (names.indexOf(name) !== index) return `protocols.${String(index)}: "${name}" is named twice`;
  }
  return undefined;
}

/** Returns the values of headers as secrets, with and without the scheme before them ("Bearer", "Basic"). */
export function headerSecrets(headers: Readonly<Record<string, string>> = {}): readonly Credentials[] {
  return Object.values(headers)
    .filter((value) => value.length >= MIN_SECRET_LENGTH)
    .map((value) => ({ token: value, password: value.replace(/^(basic|bearer|token)\s+/i, '') }));
}
