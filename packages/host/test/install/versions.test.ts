import { describe, expect, it } from 'vitest';
import { compareVersions, isExactVersion, pickNode } from '../../src/install/versions.ts';

describe('the order of versions', () => {
  it('compareVersions puts a second edition after the first and a beta before it', () => {
    const sorted = ['0.0.1', '2026.2.3-beta.1', '2026.2.3-beta.2', '2026.2.3', '2026.2.3-1', '2026.2.3-2', '2026.10.1'];
    expect(sorted.toReversed().sort(compareVersions)).toEqual(sorted);
  });

  it('puts what is no version first', () => {
    expect(['2026.1.1', 'x'].sort(compareVersions)).toEqual(['x', '2026.1.1']);
  });
});

it.each([
  ['2026.9.6', true],
  ['2026.2.3-1', true],
  ['latest', false],
  ['^2026.9.6', false],
  ['2026.9', false],
  ['v2026.9.6', false],
  ['', false],
])('"%s" is an exact version: %s', (text, exact) => {
  expect(isExactVersion(text)).toBe(exact);
});

describe('the Node to fetch', () => {
  const published = [
    '22.12.0',
    '22.20.0',
    '23.9.0',
    '24.15.9',
    '24.16.0',
    '24.21.0',
    '24.22.0-rc.1',
    '25.1.0',
    '26.10.0',
  ];
  it.each([
    ['>=24.16.0 <25 || >=26.1.0', '24.21.0'],
    ['>=22.19', '22.20.0'],
    ['>=23', '24.21.0'],
    ['23.x', '23.9.0'],
    ['>=25', '26.10.0'],
    ['*', '22.20.0'],
    ['>=27', undefined],
  ])('pickNode for the range %s is %s', (needed, version) => {
    expect(pickNode(published, needed)).toBe(version);
  });

  it('pickNode returns undefined for a list without a usable version', () => {
    expect(pickNode(['', 'latest', 'v1'], '*')).toBeUndefined();
  });
});
