import { readFileSync, statSync } from 'node:fs';
import { StartProblem } from '../start-problem.ts';

const MAX_SECRET_BYTES = 4096;

/** The first line of a file that holds one secret. `what` names it in messages; the secret itself never shows in one. */
export function readSecretFile(path: string, what: string, warn: (text: string) => void): string {
  let content: string;
  try {
    const { size, mode } = statSync(path);
    if (size > MAX_SECRET_BYTES)
      throw new StartProblem(`the ${what} file ${path} has ${size} bytes; it should hold one line`, 78);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      warn(`the ${what} file ${path} can be read by others; chmod 600 it`);
    }
    content = readFileSync(path, 'utf8');
  } catch (fault) {
    if (fault instanceof StartProblem) throw fault;
    throw new StartProblem(
      `cannot read the ${what} file ${path}: ${fault instanceof Error ? fault.message : String(fault)}`,
      78,
    );
  }
  const secret = content.trim();
  if (secret === '') throw new StartProblem(`the ${what} file ${path} is empty; it should hold one line`, 78);
  if (/[^\x21-\x7e]/.test(secret)) {
    throw new StartProblem(`the ${what} file ${path} holds more than one line of plain characters`, 78);
  }
  return secret;
}
