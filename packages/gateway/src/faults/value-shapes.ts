/** How the value of one fault is written on the command line, and read back. */
export interface ValueShape<T> {
  /** Form in the listing: `MS`, `CODE:AFTER_MS`, or an empty text for no value. */
  readonly form: string;
  /** Returns `undefined` for a text of another form. */
  parse(text: string | undefined): T | undefined;
}

const MAX_MS = 2 ** 31 - 1;

export const none: ValueShape<true> = { form: '', parse: (text) => (text === undefined ? true : undefined) };

export function wholeNumber(form: string, min: number, max = MAX_MS): ValueShape<number> {
  return { form, parse: (text) => parseWhole(text, min, max) };
}

export const milliseconds = wholeNumber('MS', 0);

export function someText(form: string): ValueShape<string> {
  return { form, parse: (text) => (text === '' ? undefined : text) };
}

export function oneOfTexts<const T extends string>(allowed: readonly T[]): ValueShape<T> {
  return { form: allowed.join('|'), parse: (text) => allowed.find((item) => item === text) };
}

/** `every=N` for each Nth, or no value for each one. */
export const everyNth: ValueShape<number> = {
  form: '[every=N]',
  parse: (text) => (text === undefined ? 1 : parseWhole(/^every=(.*)$/.exec(text)?.[1], 1, MAX_MS)),
};

/** `MS` or `MS:CODE`. */
export const exitLater: ValueShape<{ readonly afterMs: number; readonly code: number }> = {
  form: 'MS[:CODE]',
  parse(text) {
    const [afterMs, code] = parseWholes(text, [
      [0, MAX_MS],
      [0, 255],
    ]);
    if (afterMs === undefined || (code === undefined && text?.includes(':') === true)) return undefined;
    return { afterMs, code: code ?? 1 };
  },
};

export const freezeSpan: ValueShape<{ readonly afterMs: number; readonly forMs: number }> = {
  form: 'AFTER_MS:FOR_MS',
  parse(text) {
    const [afterMs, forMs] = parseWholes(text, [
      [0, MAX_MS],
      [1, MAX_MS],
    ]);
    return afterMs === undefined || forMs === undefined ? undefined : { afterMs, forMs };
  },
};

/** Codes that RFC 6455 lets a program send, and 1006 for "just gone". */
export const closeLater: ValueShape<{ readonly code: number; readonly afterMs: number }> = {
  form: 'CODE:AFTER_MS',
  parse(text) {
    const [code, afterMs] = parseWholes(text, [
      [1000, 4999],
      [0, MAX_MS],
    ]);
    const sendable = code !== undefined && (code >= 3000 || (code <= 1014 && code !== 1004 && code !== 1005));
    return sendable && afterMs !== undefined ? { code, afterMs } : undefined;
  },
};

export const flood: ValueShape<{ readonly bytes: number; readonly lines: boolean }> = {
  form: 'BYTES[:no-newlines]',
  parse(text) {
    const [count, style, rest] = text?.split(':') ?? [];
    const bytes = parseWhole(count, 1, 10_000_000_000);
    if (bytes === undefined || rest !== undefined || (style !== undefined && style !== 'no-newlines')) return undefined;
    return { bytes, lines: style === undefined };
  },
};

/** The numbers of `A:B`, each within its bounds; `undefined` where one is missing or wrong. */
function parseWholes(
  text: string | undefined,
  bounds: readonly [readonly [number, number], readonly [number, number]],
): readonly [number | undefined, number | undefined] {
  const [first, second, rest] = text?.split(':') ?? [];
  if (rest !== undefined) return [undefined, undefined];
  return [parseWhole(first, ...bounds[0]), parseWhole(second, ...bounds[1])];
}

function parseWhole(text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined || !/^\d{1,11}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= min && value <= max ? value : undefined;
}
