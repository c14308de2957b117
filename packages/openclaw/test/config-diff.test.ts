import { describe, expect, it } from 'vitest';
import { differingKeys, hasChannels, isWholeConfig } from '../src/config-diff.ts';

describe('keys in which two configurations differ', () => {
  it.each([
    ['a changed value', '{a: {b: 1}}', '{a: {b: 2}}', ['a.b']],
    ['a new and a removed key', '{a: 1}', '{b: 1}', ['a', 'b']],
    ['a list as a whole', '{a: [1, 2]}', '{a: [1]}', ['a']],
    ['comments and layout', '{a: 1} // good', '{\n  "a": 1,\n}', []],
    ['a text that is cut off', '{a: 1}', '{a: ', undefined],
  ])('%s is told without its value', (_what, one, other, keys) => {
    expect(differingKeys(one, other)).toEqual(keys);
  });
});

describe('a text as a configuration', () => {
  it.each([
    ['{ gateway: { mode: "local" } }', true],
    ['{ gateway: { mode: ', false],
    ['', false],
    ['[]', false],
  ])('%s is complete: %s', (text, complete) => {
    expect(isWholeConfig(text)).toBe(complete);
  });

  it.each([
    ['{ channels: { telegram: {} } }', true],
    ['{ channels: { defaults: {} } }', false],
    ['{ channels: 1 }', false],
    ['{', false],
  ])('%s has channels: %s', (text, has) => {
    expect(hasChannels(text)).toBe(has);
  });
});
