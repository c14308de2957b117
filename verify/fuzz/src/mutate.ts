import type { SeededRandom } from '@deskclaw/core/testing';
import { parseJson } from '@deskclaw/protocol';
import type { Input } from './target.ts';

/** Texts that have broken parsers, terminals and comparisons before. */
export const troublesome: readonly string[] = [
  '""',
  '0',
  '-0',
  '-1',
  '1e999',
  '1e300',
  '8640000000000001',
  '9007199254740993',
  '1.5',
  'NaN',
  'null',
  'true',
  '{}',
  '[]',
  '[[[[[[[[]]]]]]]]',
  '"__proto__"',
  '"constructor"',
  '"toString"',
  '{"__proto__":{"polluted":true}}',
  '"\\u0000"',
  '"\\ud800"',
  '\u0000',
  '\ud83d',
  '\u001b]0;title\u0007',
  '\u001b[2J',
  '\u009b31m',
  '\u202e',
  '\u200d',
  '\u2028',
  '\ufeff',
  'ü€𐍈',
  '\r\n',
  '\n',
  ',',
  '"',
  '\\',
];

/** Longest text that mutations grow to, characters. */
const LONGEST = 128 * 1024;
const MOST_TEXTS = 64;
/** Deeper JSON than a text of this length holds may not be walked. */
const LONGEST_JSON = 8_000;

/** Share of the mutations that change JSON as a value. */
const JSON_SHARE = 0.6;

type TextMutation = (text: string, random: SeededRandom, other: string) => string;

/** Returns two places in the text, the smaller first, mostly near each other. */
function span(text: string, random: SeededRandom): readonly [from: number, to: number] {
  const from = random.integer(0, text.length);
  const length = random.chance(0.8) ? random.integer(1, 20) : random.integer(1, text.length + 1);
  return [from, Math.min(text.length, from + length)];
}

const jsonValue = /:\s*("(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|true|false|null|\{\}|\[\])/g;

const textMutations: readonly TextMutation[] = [
  (text, random) => {
    const [from, to] = span(text, random);
    return text.slice(0, from) + text.slice(to);
  },
  (text, random) => {
    const at = random.integer(0, text.length);
    return text.slice(0, at) + random.pick(troublesome) + text.slice(at);
  },
  (text, random) => {
    const at = random.integer(0, text.length);
    const noise = Array.from({ length: random.integer(1, 6) }, () =>
      String.fromCharCode(random.chance(0.7) ? random.integer(0, 255) : random.integer(0, 0xffff)),
    );
    return text.slice(0, at) + noise.join('') + text.slice(at);
  },
  // The value of one member, so that type guards are reached.
  (text, random) => {
    const found = [...text.matchAll(jsonValue)];
    const match = found[random.integer(0, Math.max(0, found.length - 1))];
    const value = match?.[1];
    if (match === undefined || value === undefined) return text;
    const end = match.index + match[0].length;
    return text.slice(0, end - value.length) + random.pick(troublesome) + text.slice(end);
  },
  (text, random) => {
    const at = random.integer(0, Math.max(0, text.length - 1));
    const flipped = text.charCodeAt(at) ^ (1 << random.integer(0, 7));
    return text === '' ? text : text.slice(0, at) + String.fromCharCode(flipped) + text.slice(at + 1);
  },
  (text, random) => text.slice(0, random.integer(0, text.length)),
  (text, random) => text.slice(random.integer(0, text.length)),
  (text, random) => {
    const [from, to] = span(text, random);
    const times = random.chance(0.9) ? random.integer(2, 8) : random.integer(100, 3_000);
    const piece = text.slice(from, to);
    const fitting = piece === '' ? 0 : Math.min(times, Math.floor((LONGEST - text.length) / piece.length));
    return fitting <= 0 ? text : text.slice(0, from) + piece.repeat(fitting) + text.slice(to);
  },
  (text, random, other) => {
    const [from, to] = span(text, random);
    const [start, end] = span(other, random);
    return (text.slice(0, from) + other.slice(start, end) + text.slice(to)).slice(0, LONGEST);
  },
];

/** Returns the value with one of its parts, at any depth, replaced, doubled, renamed or left out. */
function changeValue(value: unknown, random: SeededRandom): unknown {
  if (typeof value !== 'object' || value === null || random.chance(0.15))
    return parseJson(random.pick(troublesome)) ?? null;
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    const at = random.integer(0, Math.max(0, items.length - 1));
    if (items.length === 0 || random.chance(0.2)) return [...items, ...items, 1];
    return random.chance(0.2) ? items.toSpliced(at, 1) : items.with(at, changeValue(items[at], random));
  }
  const entries: readonly (readonly [string, unknown])[] = Object.entries(value);
  const at = random.integer(0, Math.max(0, entries.length - 1));
  const [name = 'id', member] = entries[at] ?? [];
  if (random.chance(0.15)) return Object.fromEntries(entries.toSpliced(at, 1));
  if (entries.length > 1 && random.chance(0.1))
    return Object.fromEntries(entries.with(at, [random.pick(entries)[0], member]));
  return Object.fromEntries([...entries, [name, changeValue(member, random)]]);
}

/** Changes JSON as a value, so that what follows is still JSON; returns any other text as it is. */
const changeJson: TextMutation = (text, random) => {
  const value = parseJson(text);
  return value === undefined || text.length > LONGEST_JSON ? text : JSON.stringify(changeValue(value, random));
};

type InputMutation = (input: string[], random: SeededRandom, other: Input) => string[];

const inputMutations: readonly InputMutation[] = [
  (input, random) => input.toSpliced(random.integer(0, input.length - 1), 1),
  (input, random) => {
    const at = random.integer(0, input.length - 1);
    return input.toSpliced(at, 0, ...input.slice(at, at + random.integer(1, 3)));
  },
  (input, random) => {
    const [from, to] = [random.integer(0, input.length - 1), random.integer(0, input.length - 1)];
    const moved = input[from];
    return moved === undefined ? input : input.toSpliced(from, 1).toSpliced(to, 0, moved);
  },
  (input, random, other) =>
    input.toSpliced(random.integer(0, input.length), 0, ...other.slice(0, random.integer(1, 4))),
];

/** Returns the input with one small change. @param other any other input, to take pieces from */
export function mutate(input: Input, random: SeededRandom, other: Input): Input {
  if (input.length > 1 && random.chance(0.25))
    return random
      .pick(inputMutations)([...input], random, other)
      .slice(0, MOST_TEXTS);
  const at = random.integer(0, Math.max(0, input.length - 1));
  const text = input[at] ?? '';
  const change = random.chance(JSON_SHARE) ? changeJson : random.pick(textMutations);
  return input.toSpliced(at, 1, change(text, random, other[0] ?? ''));
}
