import { readFileSync, statSync } from 'node:fs';

const UTF8_MARK = [0xef, 0xbb, 0xbf];
const UTF16_LITTLE_MARK = [0xff, 0xfe];
const UTF16_BIG_MARK = [0xfe, 0xff];

function beginsWith(bytes: Uint8Array, mark: readonly number[]): boolean {
  return mark.every((byte, index) => bytes[index] === byte);
}

/**
 * Returns the text of a file that a person wrote with any editor: UTF-8 or UTF-16, with or without a byte order mark.
 * @throws Error that names an encoding which cannot be read.
 */
export function decodeText(bytes: Uint8Array): string {
  if (beginsWith(bytes, UTF8_MARK)) return decodeText(bytes.subarray(UTF8_MARK.length));
  if (beginsWith(bytes, UTF16_LITTLE_MARK)) return new TextDecoder('utf-16le').decode(bytes);
  if (beginsWith(bytes, UTF16_BIG_MARK)) return new TextDecoder('utf-16be').decode(bytes);
  if (bytes.includes(0)) throw new Error('it is neither UTF-8 nor UTF-16 with a byte order mark. Save it as UTF-8');
  return new TextDecoder().decode(bytes);
}

/**
 * Returns the text of a file of settings. Reading from anything but a file could wait without end.
 * @throws Error of the file system, or one that says what the path is.
 */
export function readTextFile(path: string): string {
  const found = statSync(path);
  if (found.isDirectory()) throw new Error('it is a folder, not a file');
  if (!found.isFile()) throw new Error('it is a pipe, socket or device, not a file');
  return decodeText(readFileSync(path));
}
