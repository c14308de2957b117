import { stripVTControlCharacters } from 'node:util';

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about.
const controlCharacters = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Text of others (a gateway's output, a chat reply) made safe to print: it may not move our cursor or rename our window. */
export function sanitizeTerminalText(text: string): string {
  return stripVTControlCharacters(text).replace(controlCharacters, '');
}
