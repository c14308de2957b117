import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layTable } from '../../src/output/layout.ts';
import { createStyle } from '../../src/output/style.ts';
import { type TerminalSize, written } from '../support/written.ts';

const red = '\u001b[31mx\u001b[39m';

describe('T8: a terminal', () => {
  it('writes the colours of painted text', () => {
    expect(written((out) => out.write(out.style.paint('x', 'bad')))).toBe(red);
    expect(written((out) => out.writeLines([`a ${out.style.paint('x', 'bad')}`, 'b']))).toBe(`a ${red}\nb\n`);
    expect(written((out) => out.write(out.render(out.style.paint('x', 'bad'))))).toBe('x');
    expect(written((out) => out.transient(out.style.paint('x', 'bad')))).toBe(`\r\u001b[2K${red}`);
    expect(written((out) => out.redraw(['x'], 3))).toBe('\u001b[3A\u001b[0Jx\n');
  });

  it('a redraw takes no more rows than the terminal has, and counts each row of a wide line', () => {
    const redraw = (lines: readonly string[], size: TerminalSize): unknown => {
      let taken: number | undefined;
      const text = written((out) => {
        taken = out.redraw(lines, 0);
      }, size);
      return [text.replace('\u001b[0J', ''), taken];
    };
    expect(redraw(['123456', 'x', ''], { columns: 5, rows: 5 })).toEqual(['123456\nx\n\n', 4]);
    expect(redraw(['123456', 'x', ''], { columns: 5, rows: 4 })).toEqual(['123456\nx\n', 3]);
    expect(redraw(['12345', 'x'], { columns: 5 })).toEqual(['12345\nx\n', 2]);
    expect(redraw(['12345', 'x'], { columns: 0, rows: 0 })).toEqual(['12345\nx\n', 2]);
    const painted = createStyle({ colour: true, unicode: true }).paint('12345', 'bad');
    expect(redraw([painted], { columns: 5, rows: 2 })).toEqual(['\u001b[31m12345\u001b[39m\n', 1]);
  });

  it('writes no escape sequence, control or bidirectional character of others, on any path', () => {
    const hostile = fc
      .array(
        fc.constantFrom(
          '\u001b',
          '\u001b]',
          '[31m',
          '\u009b',
          '\u0000',
          '\u0007',
          '\u202e',
          '\u2066',
          '\r',
          'x',
          'bad',
          ':',
          '/',
        ),
      )
      .map((pieces) => pieces.join(''));
    const ours = ['\r\u001b[2K', '\u001b[2K', '\u001b[0J', '\u001b[31m', '\u001b[39m'];
    fc.assert(
      fc.property(hostile, (text) => {
        const output = [
          written((out) => out.write(text)),
          written((out) => out.writeLines([text])),
          written((out) => out.transient(text)),
          written((out) => out.redraw([text], 0)),
          written((out) => out.write(out.style.paint(text, 'bad'))),
        ].join('');
        // Once each: a second one would come from the text.
        const foreign = ours.reduce((rest, code) => rest.replace(code, ''), output);
        expect(foreign).not.toMatch(/(?!\n)\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u);
      }),
    );
  });

  it('writes each line as one line, so that no text poses as another row', () => {
    expect(written((out) => out.writeLines(['id\nrunning\r\nx']))).toBe('id running x\n');
    const table = written((out) => out.writeLines(layTable([['evil\nfake row\tok', { text: 'b\u2028c' }]], out.style)));
    expect(table).toBe('evil fake row ok  b c\n');
  });

  it('keeps line breaks and tabs of text that has them', () => {
    expect(written((out) => out.write('one\n\ttwo\n'))).toBe('one\n\ttwo\n');
  });
});
