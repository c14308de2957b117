import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isEpochTime, isObject, parseJson } from '../src/json.ts';

describe('isObject', () => {
  test.each([
    ['an empty object', {}],
    ['an object without a prototype', Object.create(null)],
    ['what JSON.parse makes', JSON.parse('{"__proto__":1}')],
  ])('isObject accepts %s', (_, value) => {
    expect(isObject(value)).toBe(true);
  });

  test.each([
    ['null, whose typeof is object', null],
    ['an array', []],
    ['an array that has keys', Object.assign([], { method: 'x' })],
    ['a string', '{}'],
    ['a number', 0],
    ['a boolean', true],
    ['undefined', undefined],
    ['a function', () => undefined],
  ])('isObject rejects %s', (_, value) => {
    expect(isObject(value)).toBe(false);
  });
});

test.each([
  [0, true],
  [-1.5, true],
  [8.64e15, true],
  [8.64e15 + 2, false],
  [Number.POSITIVE_INFINITY, false],
  [Number.NaN, false],
  ['1', false],
])('isEpochTime of %j is %s, as a Date can hold it or not', (value, expected) => {
  expect(isEpochTime(value)).toBe(expected);
});

describe('parseJson', () => {
  test('gives back any JSON value that was written', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(JSON.stringify(parseJson(text))).toBe(text);
      }),
    );
  });

  test.each(['', ' ', '{', '{"a":1', 'undefined', 'NaN', "{'a':1}", '[1,]', '\u0000', '1 2', '{"a":1}x'])(
    'says undefined for %j, which is not JSON',
    (text) => {
      expect(parseJson(text)).toBeUndefined();
    },
  );

  test.each([
    ['null', null],
    ['false', false],
    ['0', 0],
    ['""', ''],
  ])('tells the falsy value %s from text that is not JSON', (text, value) => {
    expect(parseJson(text)).toBe(value);
  });

  test('never throws, whatever arrives', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), (text) => {
        parseJson(text);
      }),
    );
  });

  test('a key named __proto__ stays a plain key and changes nothing else', () => {
    const parsed = parseJson('{"__proto__":{"polluted":true}}');
    expect(isObject(parsed) && Object.hasOwn(parsed, '__proto__')).toBe(true);
    expect('polluted' in {}).toBe(false);
  });
});
