/** Text of others (a gateway, a peer, a registry) made safe to show: it can neither command a terminal nor pose as other text. */

/** What the scan needs of a text; a string is one. */
export interface CodeUnits {
  readonly length: number;
  charCodeAt(index: number): number;
  slice(from: number, to: number): string;
}

/**
 * `sequence`: a control character or an escape sequence, with what belongs to it. `hidden`: a character that is not seen but
 * reorders or splits what is. `line-break`: every kind of one. `lone-surrogate`: half a character.
 */
type Unsafe = 'sequence' | 'hidden' | 'line-break' | 'lone-surrogate';
type Replace = (span: string, kind: Unsafe) => string;

const ESCAPE = 0x1b;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const STRING_TERMINATOR = 0x9c;

/** What comes after ESC to mean the same as the C1 character of the same row: ESC [ is U+009B. */
const C1_OFFSET = 0x40;
const CSI = 0x9b;
/** DCS, SOS, OSC, PM and APC: a string follows, up to BEL or ST. */
const stringIntroducers: ReadonlySet<number> = new Set([0x90, 0x98, 0x9d, 0x9e, 0x9f]);

/** Control and format characters and separators of lines: whatever is unsafe, and some that are not. */
const suspicious = /[[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u180e\u2060-\u206f\u{e0000}-\u{e007f}]--\t]/v;

function isBetween(unit: number, low: number, high: number): boolean {
  return unit >= low && unit <= high;
}

function isControl(unit: number): boolean {
  return unit <= 0x1f || isBetween(unit, 0x7f, 0x9f);
}

/** The joiners are judged apart: scripts and emoji need them. */
function isHidden(unit: number): boolean {
  if (unit < 0x061c) return unit === 0xad;
  return (
    unit === 0x061c ||
    unit === 0x180e ||
    unit === 0x200b ||
    isBetween(unit, 0x200e, 0x200f) ||
    isBetween(unit, 0x202a, 0x202e) ||
    isBetween(unit, 0x2060, 0x206f) ||
    unit === 0xfeff ||
    isBetween(unit, 0xfff9, 0xfffb)
  );
}

function isJoiner(unit: number): boolean {
  return unit === 0x200c || unit === 0x200d;
}

function isLineBreak(unit: number): boolean {
  return unit === NEWLINE || unit === RETURN || unit === 0x85 || unit === 0x2028 || unit === 0x2029;
}

function isHighSurrogate(unit: number): boolean {
  return (unit & 0xfc00) === 0xd800;
}

function isLowSurrogate(unit: number): boolean {
  return (unit & 0xfc00) === 0xdc00;
}

/** Returns whether the character is visible and not ASCII, so that a joiner beside it can mean something. */
function isJoinable(unit: number): boolean {
  return unit > 0x9f && !isHidden(unit) && !isLineBreak(unit) && !isJoiner(unit);
}

/** Returns the end of the parameters, intermediates and final byte of a control sequence (ECMA-48 5.4). */
function controlSequenceEnd(text: CodeUnits, from: number): number {
  let at = from;
  while (at < text.length && isBetween(text.charCodeAt(at), 0x30, 0x3f)) at += 1;
  while (at < text.length && isBetween(text.charCodeAt(at), 0x20, 0x2f)) at += 1;
  return at < text.length && isBetween(text.charCodeAt(at), 0x40, 0x7e) ? at + 1 : at;
}

/**
 * Returns the end of a string with its terminator, or `from` where it has none before the next control character: then the
 * string is ordinary text. No control character is passed over, so that each is looked at twice at most.
 */
function controlStringEnd(text: CodeUnits, from: number): number {
  let at = from;
  while (at < text.length && !isControl(text.charCodeAt(at))) at += 1;
  if (at === text.length) return from;
  const unit = text.charCodeAt(at);
  if (unit === 0x07 || unit === STRING_TERMINATOR) return at + 1;
  return unit === ESCAPE && at + 1 < text.length && text.charCodeAt(at + 1) === 0x5c ? at + 2 : from;
}

/** Returns the end of the control character at `at`, and of the escape sequence that it begins. */
function sequenceEnd(text: CodeUnits, at: number, unit: number): number {
  let introducer = unit;
  let from = at + 1;
  if (unit === ESCAPE) {
    let intermediates = 0;
    while (from < text.length && isBetween(text.charCodeAt(from), 0x20, 0x2f)) {
      from += 1;
      intermediates += 1;
    }
    if (from === text.length || !isBetween(text.charCodeAt(from), 0x30, 0x7e)) return from;
    introducer = intermediates === 0 ? text.charCodeAt(from) + C1_OFFSET : 0;
    from += 1;
  }
  if (introducer === CSI) return controlSequenceEnd(text, from);
  return stringIntroducers.has(introducer) ? controlStringEnd(text, from) : from;
}

/** Replaces everything unsafe. Reads each code unit a bounded number of times, whatever the text. */
export function replaceUnsafe(text: CodeUnits, replace: Replace): string {
  let safe = '';
  let copied = 0;
  let at = 0;
  const take = (end: number, kind: Unsafe): void => {
    safe += text.slice(copied, at) + replace(text.slice(at, end), kind);
    at = end;
    copied = end;
  };
  while (at < text.length) {
    const unit = text.charCodeAt(at);
    const next = at + 1 < text.length ? text.charCodeAt(at + 1) : 0;
    if (unit === 0x09 || isBetween(unit, 0x20, 0x7e)) at += 1;
    else if (isLineBreak(unit)) take(unit === RETURN && next === NEWLINE ? at + 2 : at + 1, 'line-break');
    else if (isControl(unit)) take(sequenceEnd(text, at, unit), 'sequence');
    else if (isHidden(unit)) take(at + 1, 'hidden');
    else if (isJoiner(unit)) {
      const joins = at > copied && isJoinable(text.charCodeAt(at - 1)) && isJoinable(next);
      if (joins && (!isHighSurrogate(next) || (at + 2 < text.length && isVisiblePair(next, text.charCodeAt(at + 2)))))
        at += 1;
      else take(at + 1, 'hidden');
    } else if (isHighSurrogate(unit) && isLowSurrogate(next)) {
      if (isVisiblePair(unit, next)) at += 2;
      else take(at + 2, 'hidden');
    } else if (isHighSurrogate(unit) || isLowSurrogate(unit)) take(at + 1, 'lone-surrogate');
    else at += 1;
  }
  return copied === 0 ? text.slice(0, text.length) : safe + text.slice(copied, text.length);
}

/** Returns whether two surrogates are a character that is seen: the tags U+E0000 to U+E007F are not. */
function isVisiblePair(high: number, low: number): boolean {
  return isLowSurrogate(low) && !(high === 0xdb40 && low <= 0xdc7f);
}

const asText: Replace = (span, kind) => {
  switch (kind) {
    case 'line-break':
      return span === '\r' ? '' : '\n';
    case 'lone-surrogate':
      return '\ufffd';
    case 'sequence':
    case 'hidden':
      return '';
    default:
      return kind satisfies never;
  }
};

const asLine: Replace = (span, kind) => (kind === 'line-break' ? ' ' : asText(span, kind));

function isSafe(text: string): boolean {
  return !suspicious.test(text) && text.isWellFormed();
}

/** Returns text of several lines without escape sequences, control characters and hidden characters. Tabs stay. */
export function cleanText(text: string): string {
  return isSafe(text) ? text : replaceUnsafe(text, asText);
}

/** Returns the text as one line: as `cleanText` does, with a space for each line break. */
export function cleanLine(text: string): string {
  return isSafe(text) ? text : replaceUnsafe(text, asLine);
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Returns JSON text of the same value in which what `cleanText` would remove is written as escapes. */
export function escapeJson(json: string): string {
  if (isSafe(json)) return json;
  // JSON allows these only between its values, as a line break.
  const isBreak = (span: string): boolean => span === '\n' || span === '\r' || span === '\r\n';
  return replaceUnsafe(json, (span) => (isBreak(span) ? '\n' : span.replaceAll(/[^\n\u0020-\u007e]/g, escaped)));
}

/** Returns the text if it is no longer than `limit` UTF-16 code units, else its beginning and how much is missing. */
export function cutText(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const end = isHighSurrogate(text.charCodeAt(limit - 1)) ? limit - 1 : limit;
  return `${text.slice(0, end)} … (${String(text.length - end)} more characters)`;
}

/** Values nested deeper than this are replaced: a stack must not end over them. */
const MAX_DEPTH = 200;

/** Returns JSON data with every string and key cleaned. */
export function cleanData(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === MAX_DEPTH) return '[too deep to be shown]';
  if (Array.isArray(value)) return value.map((item: unknown) => cleanData(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [cleanText(key), cleanData(item, depth + 1)]));
}

const CUT = '[cut]';

/** Returns JSON data of about `limit` characters at most: what is beyond is left out, and marked as cut. */
export function cutData(value: unknown, limit: number): unknown {
  let left = limit;
  const cut = (item: unknown, depth: number): unknown => {
    if (typeof item === 'string') {
      const remaining = Math.max(0, left);
      left -= item.length;
      return cutText(item, remaining);
    }
    left -= 8;
    if (typeof item !== 'object' || item === null) return item;
    if (depth === MAX_DEPTH) return CUT;
    const entries: [string, unknown][] = [];
    for (const [key, each] of Object.entries(item)) {
      if (left <= 0) {
        entries.push([CUT, CUT]);
        break;
      }
      const remaining = left;
      left -= key.length;
      entries.push([cutText(key, remaining), cut(each, depth + 1)]);
    }
    return Array.isArray(item) ? entries.map(([, each]) => each) : Object.fromEntries(entries);
  };
  return cut(value, 0);
}
