import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findJsonFault } from '../src/json-fault.ts';

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('where it stops being JSON', () => {
  it.each([
    ['hello', 0, 'a value'],
    ['', 0, 'a value'],
    ['{"a": }', 6, 'a value'],
    ['{"a" 1}', 5, '":"'],
    ['{a: 1}', 1, 'a key in double quotes'],
    ["{'a': 1}", 1, 'a key in double quotes'],
    ['{"a": 1,}', 8, 'a key in double quotes'],
    ['[1, 2', 5, '"," or "]"'],
    ['{"a": 1', 7, '"," or "}"'],
    ['[1 2]', 3, '"," or "]"'],
    ['[1,]', 3, 'a value'],
    ['"open', 5, 'a closing "'],
    ['"\\x"', 1, 'a valid character or escape'],
    ['"a\nb"', 2, 'a valid character or escape'],
    ['{} {}', 3, 'nothing more'],
    ['01', 1, 'nothing more'],
    ['[1}', 2, '"," or "]"'],
  ])('findJsonFault finds the first fault of %j', (text, position, expected) => {
    expect(findJsonFault(text)).toMatchObject({ position, expected });
  });

  it('takes strings of any length, right and wrong', () => {
    const long = `${'a'.repeat(40_000_000)}${'\\n'.repeat(1_000_000)}`;
    expect(findJsonFault(`{"a":"${long}"}`)).toBeUndefined();
    expect(findJsonFault(`{"a":"${long}`)).toMatchObject({ position: long.length + 6, expected: 'a closing "' });
  });

  it('counts lines and columns from 1', () => {
    expect(findJsonFault('{\n  "a": 1,\n  b: 2\n}')).toMatchObject({ line: 3, column: 3 });
  });
});

it('finds none in anything that is JSON', () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(undefined, 2), (json, indent) => {
      expect(findJsonFault(JSON.stringify(JSON.parse(json), undefined, indent))).toBeUndefined();
    }),
  );
});

it('agrees with JSON.parse on damaged text', () => {
  const damaged = fc
    .tuple(
      fc.json(),
      fc.nat(),
      fc.nat(3),
      fc.string({ unit: fc.constantFrom(...'{}[]",:\\ tfn0-1e.\n'), maxLength: 3 }),
    )
    .map(([json, at, cut, put]) => {
      const place = at % (json.length + 1);
      return json.slice(0, place) + put + json.slice(place + cut);
    });
  fc.assert(
    fc.property(damaged, (text) => {
      expect(findJsonFault(text) === undefined).toBe(isJson(text));
    }),
    { numRuns: 2_000 },
  );
});

it('survives depth that would overflow a recursive reader', () => {
  const depth = 200_000;
  expect(findJsonFault('['.repeat(depth) + ']'.repeat(depth))).toBeUndefined();
  expect(findJsonFault('['.repeat(depth))).toMatchObject({ position: depth });
});
