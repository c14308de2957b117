import {
  type CodeUnits,
  cleanData,
  cleanLine,
  cleanText,
  cutData,
  cutText,
  escapeJson,
  parseJson,
  replaceUnsafe,
} from '@deskclaw/protocol';
import { anyJson, anyText, list } from '../grammar.ts';
import { must, type Target } from '../target.ts';

/** Most times that one code unit of a text may be read. */
const MOST_READS = 8;
const CUT_AT = 50;
/** What a cut adds: how much is missing. */
const CUT_MARK = 40;

/** Whatever a terminal obeys or a reader does not see; tabs and line feeds are fine. An independent list, not that of the product. */
const unsafe =
  /[[\p{Cc}\p{Zl}\p{Zp}\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]--[\t\n]]/v;
const ordinary = /^[\t\n\x20-\x7e]*$/;

/** Counts how often its code units are read, which is what the time of the scan grows with. */
class CountedText implements CodeUnits {
  readonly #text: string;
  reads = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get length(): number {
    return this.#text.length;
  }

  charCodeAt(index: number): number {
    this.reads += 1;
    return this.#text.charCodeAt(index);
  }

  slice(from: number, to: number): string {
    return this.#text.slice(from, to);
  }
}

function checkLinear(text: string): void {
  const counted = new CountedText(text);
  replaceUnsafe(counted, () => '');
  const most = MOST_READS * (text.length + 1);
  must(
    counted.reads <= most,
    'the scan is not linear',
    () => `${String(counted.reads)} reads of ${String(text.length)}`,
  );
}

function checkText(text: string): string {
  const clean = cleanText(text);
  const line = cleanLine(text);
  must(!unsafe.test(clean), 'unsafe text passes cleanText', () => clean);
  must(!unsafe.test(line) && !line.includes('\n'), 'unsafe text passes cleanLine', () => line);
  must(clean.isWellFormed(), 'half a character passes', () => clean);
  must(clean.length <= text.length && line.length <= text.length, 'clean text is longer than the text');
  must(cleanText(clean) === clean, 'cleaning twice is not cleaning once', () => text);
  must(cleanLine(line) === line, 'cleaning a line twice is not cleaning it once', () => text);
  if (ordinary.test(text)) must(clean === text, 'ordinary text is changed', () => text);
  return clean === text ? 'unchanged' : 'cleaned';
}

function checkCut(text: string): void {
  const cut = cutText(text, CUT_AT);
  must(cut.length <= CUT_AT + CUT_MARK, 'a cut text is too long', () => cut);
  must(text.startsWith(cut.slice(0, Math.min(text.length, CUT_AT - 1))), 'a cut text begins in another way', () => cut);
}

/** JSON that is cleaned, cut or escaped is still JSON, and bounded; escaping keeps its value. */
function checkJson(json: string): void {
  const value = parseJson(json);
  if (value === undefined) return;
  const escaped = escapeJson(json);
  must(!unsafe.test(escaped), 'unsafe text passes escapeJson', () => escaped);
  const isSame = JSON.stringify(parseJson(escaped)) === JSON.stringify(value);
  // Outside of strings JSON allows no character that is escaped but the mark of a byte order, which is not JSON either.
  must(isSame, 'escaping changes the value', () => json);
  const clean = JSON.stringify(cleanData(value));
  must(!unsafe.test(clean), 'unsafe text passes cleanData', () => clean);
  const cut = JSON.stringify(cutData(value, CUT_AT));
  must(cut.length <= 40 * CUT_AT + 6 * CUT_AT * CUT_MARK, 'cut data is too long', () => cut);
}

/** Text of others is made safe to show: completely, once and for all, in linear time. */
export const textGate: Target = {
  name: 'text-gate',
  samples: [
    ['a plain line\nand another\twith a tab'],
    ['\u001b[31mred\u001b[0m \u001b]8;;https://a.example\u001b\\link\u001b]8;;\u001b\\'],
    ['\u009b2J\u0090q#0\u009c\u001bPq\u001b\\'],
    ['ü€𐍈 👩\u200d👩\u200d👧 نص \u202eabc\u202c'],
    ['{"a":"\u001b[2J","b":["\\u202e",1],"c":{"d":null}}'],
    ['\r\n\r\u0085\u2028\u2029\ufeff'],
  ],
  generate: (random) => [random.chance(0.3) ? anyJson(random) : list(random, 12, () => anyText(random)).join('')],
  check: ([text = '']) => {
    checkLinear(text);
    checkCut(text);
    checkJson(text);
    return checkText(text);
  },
};
