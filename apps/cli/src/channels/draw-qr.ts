import type { Style } from '../output/style.ts';
import type { QrModules } from './qr-picture.ts';

/** What the standard asks for around a code, in modules. */
const QUIET_ZONE = 4;

/** How wide the code is drawn, in columns. */
export function qrWidth(modules: QrModules, { unicode }: Style): number {
  return (modules.length + 2 * QUIET_ZONE) * (unicode ? 1 : 2);
}

/**
 * A code as lines of text. Dark on light where colours can say so; else light by blocks, for a terminal that is dark, and
 * cameras read that too.
 */
export function drawQr(modules: QrModules, style: Style): readonly string[] {
  const side = modules.length + 2 * QUIET_ZONE;
  const isInk = (row: number, column: number): boolean => {
    const dark = modules[row - QUIET_ZONE]?.[column - QUIET_ZONE] === true;
    return style.colour ? dark : !dark;
  };
  const columns = Array.from({ length: side }, (_, index) => index);
  const lines: string[] = [];
  for (let row = 0; row < side; row += style.unicode ? 2 : 1) {
    const line = columns.map((column) => {
      const upper = isInk(row, column);
      if (!style.unicode) return upper ? '##' : '  ';
      const lower = row + 1 < side && isInk(row + 1, column);
      return upper ? (lower ? '█' : '▀') : lower ? '▄' : ' ';
    });
    lines.push(style.paint(line.join(''), 'paper'));
  }
  return lines;
}
