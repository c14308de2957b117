import { type Span, span, textWidth } from './layout.ts';
import type { Style } from './style.ts';

/** Cells in columns, two spaces between; the last column is never padded. */
export function layTable(
  rows: readonly (readonly (Span | string)[])[],
  style: Style,
  header?: readonly string[],
): readonly string[] {
  const body = rows.map((row) => row.map((cell) => (typeof cell === 'string' ? span(cell) : cell)));
  const all = header === undefined ? body : [header.map((text) => span(text, 'dim')), ...body];
  const widths: number[] = [];
  for (const row of all) {
    row.forEach((cell, index) => {
      widths[index] = Math.max(widths[index] ?? 0, textWidth(cell.text));
    });
  }
  return all.map((row) =>
    row
      .map((cell, index) => {
        const padding = index === row.length - 1 ? 0 : (widths[index] ?? 0) - textWidth(cell.text);
        return style.paint(cell.text, cell.tone) + ' '.repeat(padding);
      })
      .join('  ')
      .trimEnd(),
  );
}
