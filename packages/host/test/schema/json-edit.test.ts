import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findValue, removeValue, setValue, valueAt, withoutComments } from '../../src/schema/json-edit.ts';

const read = (text: string): unknown => JSON.parse(withoutComments(text));

describe('setValue', () => {
  it.each([
    ['{}', ['port'], 1, '{\n  "port": 1\n}'],
    ['{ "port": 1 }', ['port'], 2, '{ "port": 2 }'],
    ['{ "port": 1 }', ['host'], 'x', '{ "port": 1, "host": "x" }'],
    ['{\n    "port": 1 // ours\n}\n', ['host'], 'x', '{\n    "port": 1, // ours\n    "host": "x"\n}\n'],
    ['{\n  // none yet\n}', ['stop', 'graceMs'], 3, '{\n  // none yet\n  "stop": {\n    "graceMs": 3\n  }\n}'],
    ['{\r\n  "a": 1\r\n}\r\n', ['b'], { c: 1 }, '{\r\n  "a": 1,\r\n  "b": {\r\n    "c": 1\r\n  }\r\n}\r\n'],
    ['{"stop": 5}', ['stop', 'graceMs'], 3, '{"stop": {\n  "graceMs": 3\n}}'],
    ['{"a": 1, "a": 2}', ['a'], 3, '{"a": 1, "a": 3}'],
    ['{"a": 1e3, "b": 123456789012345678901}', ['c'], true, '{"a": 1e3, "b": 123456789012345678901, "c": true}'],
    ['{"u": "http://x" /* "u": 1 */}', ['u'], 'y', '{"u": "y" /* "u": 1 */}'],
  ])('setValue in %j at %j of %j leaves the rest as it was written', (text, path, value, expected) => {
    expect(setValue(text, path, value)).toBe(expected);
  });
});

describe('removeValue', () => {
  it.each([
    ['{\n  "a": 1,\n  "b": 2\n}', ['a'], '{\n  "b": 2\n}'],
    ['{\n  "a": 1,\n  "b": 2\n}', ['b'], '{\n  "a": 1\n}'],
    ['{\n  "a": 1, // one\n  "b": 2 // two\n}', ['a'], '{\n  // one\n  "b": 2 // two\n}'],
    ['{\n  "a": 1, // one\n  "b": 2 // two\n}', ['b'], '{\n  "a": 1 // one\n  // two\n}'],
    ['{"a": 1, "b": 2, "c": 3}', ['b'], '{"a": 1, "c": 3}'],
    ['{"a": 1, "b": 2}', ['b'], '{"a": 1}'],
    ['{"a": 1}', ['a'], '{}'],
    ['{"a": {"b": {"c": 1}}, "d": 2}', ['a', 'b', 'c'], '{"d": 2}'],
    ['{"a": {"b": 1 /* why */}}', ['a', 'b'], '{"a": {/* why */}}'],
    ['{"a": 1}', ['b'], '{"a": 1}'],
    ['{\n// one\n"a": 1, "b": 2}', ['a'], '{\n// one\n"b": 2}'],
  ])('removeValue from %j at %j leaves the rest as it was written', (text, path, expected) => {
    expect(removeValue(text, path)).toBe(expected);
  });
});

const key = fc.constantFrom('a', 'b', 'c', '__proto__', 'x y', 'ä"\\', '//', '');
const value = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.jsonValue({ maxDepth: 0 }),
    fc.string(),
    fc.array(tie('value'), { maxLength: 3 }),
    tie('object'),
  ),
  object: fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
}));
const comments = fc.constantFrom('', ' ', '\n', '\r\n\t', '/* { "a": [ */', '// , } "\n');

/** Writes JSON with a random blank or comment between all tokens. */
function write(part: unknown, between: () => string): string {
  const around = (text: string): string => between() + text + between();
  if (Array.isArray(part)) return around(`[${part.map((each) => write(each, between)).join(',')}${between()}]`);
  if (typeof part !== 'object' || part === null) return around(JSON.stringify(part));
  const members = Object.entries(part).map(([name, each]) => `${around(JSON.stringify(name))}:${write(each, between)}`);
  return around(`{${members.join(',')}${between()}}`);
}

const commentsOf = (text: string): number =>
  text.length - text.replaceAll(/\/\* \{ "a": \[ \*\/|\/\/ , \} "/g, '').length;

it('an edit changes one value, no other, and loses no comment outside of it', () => {
  fc.assert(
    fc.property(
      value.object,
      fc.array(key, { minLength: 1, maxLength: 3 }),
      value.value,
      fc.infiniteStream(comments),
      (object, path, put, stream) => {
        const text = write(object, () => stream.next().value ?? '');
        const edited = setValue(text, path, put);
        expect(valueAt(read(edited), path)).toEqual(JSON.parse(JSON.stringify(put)));
        if (valueAt(object, path.slice(0, 1)) === undefined) {
          expect(commentsOf(edited) - commentsOf(JSON.stringify(put))).toBe(commentsOf(text));
          expect(read(removeValue(edited, path))).toEqual(read(text));
        }
        const removed = removeValue(text, path);
        expect(valueAt(read(removed), path)).toBeUndefined();
        if (valueAt(object, path) === undefined) expect(removed).toBe(text);
        expect(Object.keys(Object(read(removed))).length).toBeGreaterThanOrEqual(Object.keys(object).length - 1);
      },
    ),
  );
});

it('findValue returns line and column of a value, in comments and lists too', () => {
  const text = '{\n  // "port": 1\n  "list": [1,\n    {"a": true}]\n}';
  expect(findValue(text, ['list', 1, 'a'])).toEqual({ line: 4, column: 11 });
  expect(findValue(text, [])).toEqual({ line: 1, column: 1 });
  expect(findValue(text, ['port'])).toBeUndefined();
});

it.each([[['']], [['a']], [['-1']], [['1.5']]])('the key %j of a list names no value of it', (path) => {
  expect(valueAt(['first', 'second'], path)).toBeUndefined();
  expect(valueAt(['first', 'second'], [1])).toBe('second');
});
