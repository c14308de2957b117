import { stripVTControlCharacters } from 'node:util';

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about.
const controlCharacters = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/**
 * Removes escape sequences and control characters from foreign text (gateway output, chat replies), so that it can neither
 * move the cursor nor rename the window.
 */
export function sanitizeTerminalText(text: string): string {
  return stripVTControlCharacters(text).replace(controlCharacters, '');
}
