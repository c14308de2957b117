import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mayLoseDigits, parseAsWritten } from '../src/written-numbers.ts';

it.each([
  '1915883588174806058',
  '-9007199254740993',
  '1e400',
  '1E+2',
  '1.0',
  '-0',
  '0.1000000000000000055511151231257827',
  '100000000000000000000',
  '0.10',
])('E9: the number %s comes back as it was written', (number) => {
  const text = `{"a":[${number},{"b":${number}}],"c":"${number}"}`;
  expect(JSON.stringify(parseAsWritten(text))).toBe(text);
});

it('E9: a text of ordinary numbers is parsed as JSON.parse does', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      expect(JSON.stringify(parseAsWritten(text))).toBe(text);
      if (!mayLoseDigits(text)) expect(parseAsWritten(text)).toEqual(JSON.parse(text));
    }),
  );
  for (const plain of ['{"at":1764400000000,"p":18789,"f":0.25,"s":"x"}', '[0,-1,1.5,9007199254740]'])
    expect(mayLoseDigits(plain)).toBe(false);
});

it('E9: text that is not JSON is undefined', () => {
  expect(parseAsWritten('{"a":1915883588174806058')).toBeUndefined();
});
