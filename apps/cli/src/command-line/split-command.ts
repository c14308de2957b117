/** A command line of the user's, as argv; or what is wrong with it and where (0-based). */
export type SplitCommand =
  | { readonly ok: true; readonly argv: readonly [string, ...string[]] }
  | { readonly ok: false; readonly fault: string; readonly at: number };

interface Scan {
  readonly words: string[];
  /** `undefined` between words; an empty string is a word that was quoted empty. */
  word: string | undefined;
  at: number;
}

const blank = /[ \t\r\n]/;
/** Characters with a meaning for a shell. No shell is started, so passing them on silently would surprise. */
const shellOnly = /[|&;<>`$]/;
const escapableInDoubleQuotes = /["\\$`\n]/;

function fault(text: string, at: number): SplitCommand {
  return { ok: false, fault: text, at };
}

function singleQuoted(text: string, scan: Scan): SplitCommand | undefined {
  const end = text.indexOf("'", scan.at + 1);
  if (end === -1) return fault('the single quote is never closed', scan.at);
  scan.word = (scan.word ?? '') + text.slice(scan.at + 1, end);
  scan.at = end + 1;
  return undefined;
}

function doubleQuoted(text: string, scan: Scan): SplitCommand | undefined {
  const opened = scan.at;
  let word = scan.word ?? '';
  for (let at = opened + 1; at < text.length; at += 1) {
    const char = text.charAt(at);
    const next = text.charAt(at + 1);
    if (char === '"') {
      scan.word = word;
      scan.at = at + 1;
      return undefined;
    }
    if (char === '$' || char === '`') return fault(`${char} inside double quotes needs a shell; use single quotes`, at);
    if (char === '\\' && escapableInDoubleQuotes.test(next)) {
      if (next !== '\n') word += next;
      at += 1;
    } else {
      word += char;
    }
  }
  return fault('the double quote is never closed', opened);
}

function backslashed(text: string, scan: Scan): SplitCommand | undefined {
  const next = text.charAt(scan.at + 1);
  if (next === '') return fault('the backslash at the end escapes nothing', scan.at);
  if (next !== '\n') scan.word = (scan.word ?? '') + next;
  scan.at += 2;
  return undefined;
}

function unquoted(char: string, scan: Scan): SplitCommand | undefined {
  if (shellOnly.test(char)) {
    return fault(`"${char}" needs a shell and none is started; quote it, or name one: sh -c '...'`, scan.at);
  }
  if (!blank.test(char)) {
    scan.word = (scan.word ?? '') + char;
  } else if (scan.word !== undefined) {
    scan.words.push(scan.word);
    scan.word = undefined;
  }
  scan.at += 1;
  return undefined;
}

function step(text: string, scan: Scan, windows: boolean): SplitCommand | undefined {
  const char = text.charAt(scan.at);
  if (char === "'") return singleQuoted(text, scan);
  if (char === '"') return doubleQuoted(text, scan);
  // On Windows a backslash separates folders; it escapes only characters that would end the word.
  if (char === '\\' && (!windows || /["\\ ]/.test(text.charAt(scan.at + 1)))) return backslashed(text, scan);
  return unquoted(char, scan);
}

/**
 * Splits by the quoting rules of the POSIX shell (2.2: backslash, single and double quotes) without starting one:
 * variables, globs, pipes and substitutions are reported as faults, never passed on as text.
 */
export function splitCommand(text: string, platform: NodeJS.Platform = process.platform): SplitCommand {
  const scan: Scan = { words: [], word: undefined, at: 0 };
  while (scan.at < text.length) {
    const rejected = step(text, scan, platform === 'win32');
    if (rejected !== undefined) return rejected;
  }
  if (scan.word !== undefined) scan.words.push(scan.word);
  const [program, ...args] = scan.words;
  if (program === undefined || program === '') return fault('it contains no program', 0);
  return { ok: true, argv: [program, ...args] };
}
