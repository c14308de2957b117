import { describe, expect, it } from 'vitest';
import { createStyle, wantsColour, wantsUnicode } from '../../src/output/style.ts';
import { written } from '../support/written.ts';

describe('colour', () => {
  const on = { flag: true, env: {}, terminal: true };
  it.each([
    ['a terminal', on, true],
    ['a pipe', { ...on, terminal: false }, false],
    ['NO_COLOR', { ...on, env: { NO_COLOR: '1' } }, false],
    ['an empty NO_COLOR', { ...on, env: { NO_COLOR: '' } }, true],
    ['FORCE_COLOR into a pipe', { ...on, terminal: false, env: { FORCE_COLOR: '1' } }, true],
    ['FORCE_COLOR=0', { ...on, env: { FORCE_COLOR: '0' } }, false],
    ['both', { ...on, env: { NO_COLOR: '1', FORCE_COLOR: '1' } }, false],
    ['TERM=dumb', { ...on, env: { TERM: 'dumb' } }, false],
    ['FORCE_COLOR over TERM=dumb', { ...on, env: { TERM: 'dumb', FORCE_COLOR: '1' } }, true],
    ['--no-color over FORCE_COLOR', { flag: false, env: { FORCE_COLOR: '1' }, terminal: true }, false],
  ])('colour is decided correctly for %s', (_name, input, expected) => {
    expect(wantsColour(input)).toBe(expected);
  });

  it('paints only where it is wanted', () => {
    expect(written((out) => out.write(out.style.paint('x', 'bad')))).toBe('\u001b[31mx\u001b[39m');
    expect(createStyle({ colour: false, unicode: true }).paint('x', 'bad')).toBe('x');
  });
});

describe('glyphs beyond ASCII', () => {
  it.each([
    [{ LANG: 'en_US.UTF-8' }, 'linux', true],
    [{ LANG: 'C' }, 'linux', false],
    [{}, 'linux', false],
    [{ LC_ALL: 'C', LANG: 'en_US.UTF-8' }, 'linux', false],
    [{ LC_ALL: '', LC_CTYPE: 'C.utf8' }, 'linux', true],
    [{ LANG: 'en_US.UTF-8', TERM: 'linux' }, 'linux', false],
    [{}, 'darwin', true],
    [{}, 'win32', false],
    [{ WT_SESSION: 'x' }, 'win32', true],
  ] as const)('%j on %s', (env, platform, expected) => {
    expect(wantsUnicode(env, platform)).toBe(expected);
  });

  it('glyphs are replaced one for one when the terminal cannot show them', () => {
    const glyphs = Object.values(createStyle({ colour: false, unicode: false }).glyphs)
      .flat()
      .join('');
    expect(glyphs).toMatch(/^[\x20-\x7e]+$/);
  });
});
