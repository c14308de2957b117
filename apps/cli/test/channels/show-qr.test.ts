import { stripVTControlCharacters } from 'node:util';
import { encode } from 'uqr';
import { describe, expect, it } from 'vitest';
import type { QrModules } from '../../src/channels/qr-picture.ts';
import { drawQr, qrWidth } from '../../src/channels/show-qr.ts';
import { createStyle } from '../../src/output/style.ts';
import { written } from '../support/written.ts';

const { data } = encode('deskclaw://link?code=1', { border: 0 });

/** Takes a drawing apart again; `ink`: whether blocks are the dark modules. */
function undraw(lines: readonly string[], unicode: boolean, ink: boolean): QrModules {
  const rows = lines.flatMap((line) => {
    const text = stripVTControlCharacters(line);
    if (!unicode) return [Array.from({ length: text.length / 2 }, (_, index) => (text[2 * index] === '#') === ink)];
    return [
      Array.from(text, (glyph) => '█▀'.includes(glyph) === ink),
      Array.from(text, (glyph) => '█▄'.includes(glyph) === ink),
    ];
  });
  return rows.slice(4, 4 + data.length).map((row) => row.slice(4, 4 + data.length));
}

describe.each([true, false])('with unicode %s', (unicode) => {
  it.each([true, false])('drawQr with colours %s keeps four modules of quiet zone around the code', (colour) => {
    const style = createStyle({ colour, unicode });
    const lines = written((out) => out.writeLines(drawQr(data, style)))
      .split('\n')
      .slice(0, -1);
    expect(undraw(lines, unicode, colour)).toEqual(data);
    for (const line of lines) expect(stripVTControlCharacters(line)).toHaveLength(qrWidth(data, style));
    const edge = stripVTControlCharacters(lines[0] ?? '');
    expect(new Set(edge)).toEqual(new Set([colour ? ' ' : unicode ? '█' : '#']));
  });
});

it('drawQr prints dark on light in a terminal with colours', () => {
  const code = written((out) => out.writeLines(drawQr(data, out.style)));
  expect(code.startsWith('\u001b[30m\u001b[107m')).toBe(true);
});
