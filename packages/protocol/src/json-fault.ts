/** Where text stops being JSON: 0-based position, 1-based line and column, and what was looked for there. */
export interface JsonFault {
  readonly position: number;
  readonly line: number;
  readonly column: number;
  readonly expected: string;
}

type Stop = { readonly at: number; readonly expected: string };
type Step = number | Stop;

const blank = /[ \t\n\r]*/y;
const literal = /true|false|null/y;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids exactly these inside a string.
const plainText = /[^"\\\u0000-\u001f]*/y;
const escapeSequence = /\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4})/y;

/** The end of what `pattern` matches at `at`, or -1. */
function match(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : -1;
}

function skip(text: string, at: number): number {
  return match(blank, text, at);
}

function stringAt(text: string, at: number): Step {
  // Run by run: one pattern for the whole keeps a place to return to for each character, and overflows at some MB.
  let end = match(plainText, text, at + 1);
  for (let next = match(escapeSequence, text, end); next !== -1; next = match(escapeSequence, text, end)) {
    end = match(plainText, text, next);
  }
  return text[end] === '"'
    ? end + 1
    : { at: end, expected: end < text.length ? 'a valid character or escape' : 'a closing "' };
}

function scalarAt(text: string, at: number): Step {
  if (text[at] === '"') return stringAt(text, at);
  const end = Math.max(match(literal, text, at), match(number, text, at));
  return end === -1 ? { at, expected: 'a value' } : end;
}

function keyAt(text: string, at: number): Step {
  if (text[at] !== '"') return { at, expected: 'a key in double quotes' };
  const end = stringAt(text, at);
  if (typeof end !== 'number') return end;
  const colon = skip(text, end);
  return text[colon] === ':' ? skip(text, colon + 1) : { at: colon, expected: '":"' };
}

/** Iterative, so that deeply nested input cannot overflow the stack. */
function scan(text: string): Step {
  const open: ('}' | ']')[] = [];
  let at = skip(text, 0);
  for (;;) {
    const char = text[at];
    if (char === '{' || char === '[') {
      const closer = char === '{' ? '}' : ']';
      at = skip(text, at + 1);
      if (text[at] !== closer) {
        open.push(closer);
        const next = closer === '}' ? keyAt(text, at) : at;
        if (typeof next !== 'number') return next;
        at = next;
        continue;
      }
      at += 1;
    } else {
      const next = scalarAt(text, at);
      if (typeof next !== 'number') return next;
      at = next;
    }
    for (;;) {
      at = skip(text, at);
      const closer = open.at(-1);
      if (closer === undefined) return at;
      if (text[at] === ',') break;
      if (text[at] !== closer) return { at, expected: `"," or "${closer}"` };
      open.pop();
      at += 1;
    }
    at = skip(text, at + 1);
    const next = open.at(-1) === '}' ? keyAt(text, at) : at;
    if (typeof next !== 'number') return next;
    at = next;
  }
}

/**
 * The first place where text is not JSON; `undefined` for text that is.
 * `JSON.parse` names a position for some faults only, and never for a mere word such as `hello`.
 */
export function findJsonFault(text: string): JsonFault | undefined {
  const end = scan(text);
  if (end === text.length) return undefined;
  const stop: Stop = typeof end === 'number' ? { at: end, expected: 'nothing more' } : end;
  const before = text.slice(0, stop.at).split('\n');
  return {
    position: stop.at,
    line: before.length,
    column: (before.at(-1)?.length ?? 0) + 1,
    expected: stop.expected,
  };
}
