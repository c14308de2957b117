import { expect, it } from 'vitest';
import { dialectChoices, dialectNames, isDialectName } from '../src/dialect-name.ts';

it.each([...dialectNames])('isDialectName accepts %s', (name) => {
  expect(isDialectName(name)).toBe(true);
});

it.each(['auto', 'JSONRPC', '', 7, undefined, null])('isDialectName rejects %j', (value) => {
  expect(isDialectName(value)).toBe(false);
});

it('the dialect choices are auto and every dialect name', () => {
  expect(dialectChoices).toEqual(['auto', ...dialectNames]);
});
