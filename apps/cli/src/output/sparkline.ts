import type { Style } from './style.ts';

const unicodeBars = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;
const asciiBars = ['_', '.', '-', '=', '+', '*', '#', '@'] as const;

/**
 * Returns a line of bars, the newest value on the right, as wide as asked. A value that is not known is a gap.
 * @param least the value of a full bar at least: a line of small values does not look like one of large ones
 */
export function sparkline(
  values: readonly (number | undefined)[],
  { width, least, style }: { readonly width: number; readonly least: number; readonly style: Pick<Style, 'unicode'> },
): string {
  if (width <= 0) return '';
  const shown = values.slice(-width);
  const most = shown.reduce<number>((found, value) => Math.max(found, value ?? 0), least);
  const bars = style.unicode ? unicodeBars : asciiBars;
  const line = shown.map((value) =>
    value === undefined ? ' ' : (bars[Math.min(bars.length - 1, Math.floor((value / most) * bars.length))] ?? ' '),
  );
  return line.join('').padStart(width);
}

/** Returns a line of marks, one for each sample: up, in between, and down. */
export function stateStrip(
  marks: readonly ('up' | 'between' | 'down')[],
  { width, style }: { readonly width: number; readonly style: Pick<Style, 'unicode'> },
): string {
  const glyphs = style.unicode ? { up: '█', between: '▒', down: '·' } : { up: '#', between: '~', down: '.' };
  return width <= 0
    ? ''
    : marks
        .slice(-width)
        .map((mark) => glyphs[mark])
        .join('')
        .padStart(width);
}
