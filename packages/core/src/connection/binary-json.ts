import { parseJson } from '@deskclaw/protocol';

const decoder = new TextDecoder('utf-8', { fatal: true });
const whitespace: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);
const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;

/** Returns the text of a binary frame that holds a JSON object or array: some servers send all their frames as binary. */
export function jsonTextIn(data: Uint8Array): string | undefined {
  const hasMark = data[0] === 0xef && data[1] === 0xbb && data[2] === 0xbf;
  let start = hasMark ? 3 : 0;
  while (start < data.length && whitespace.has(data[start] ?? 0)) start += 1;
  if (data[start] !== OPEN_BRACE && data[start] !== OPEN_BRACKET) return undefined;
  let text: string;
  try {
    text = decoder.decode(data);
  } catch {
    return undefined;
  }
  return parseJson(text) === undefined ? undefined : text;
}
