import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { parseJson } from '@deskclaw/protocol';
import { UsageError } from '../exit.ts';
import { findJsonFault } from './json-fault.ts';

const EXCERPT = 60;

/** Returns an excerpt of the faulty line with a marker under the fault. */
function excerpt(text: string, line: number, column: number): string {
  const whole = text.split('\n')[line - 1] ?? '';
  const from = Math.max(0, column - 1 - EXCERPT / 2);
  return `${whole.slice(from, from + EXCERPT)}\n${' '.repeat(column - 1 - from)}^`;
}

async function readSource(source: string): Promise<string> {
  if (!source.startsWith('@') && source !== '-') return source;
  try {
    return source === '-' ? await text(process.stdin) : await readFile(source.slice(1), 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`The parameters cannot be read: ${why}`, 'call');
  }
}

/**
 * Parameters of a call: JSON as given, `-` for standard input, `@path` for a file.
 * @throws UsageError naming the position of the fault.
 */
export async function readParams(source: string): Promise<object> {
  const json = await readSource(source);
  const value = parseJson(json);
  const fault = value === undefined ? findJsonFault(json) : undefined;
  if (fault !== undefined) {
    const { line, column, position, expected } = fault;
    const where = `line ${String(line)}, column ${String(column)} (position ${String(position)})`;
    throw new UsageError(
      `The parameters are not JSON: expected ${expected} at ${where}.\n${excerpt(json, line, column)}`,
      'call',
    );
  }
  if (typeof value !== 'object' || value === null) {
    throw new UsageError(
      `The parameters must be a JSON object or array, not ${value === null ? 'null' : `a ${typeof value}`}.`,
      'call',
    );
  }
  return value;
}
