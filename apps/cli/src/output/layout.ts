import { cleanLine, cleanText } from '@deskclaw/protocol';
import type { Style, Tone } from './style.ts';

export interface Span {
  readonly text: string;
  readonly tone?: Tone;
}
/** Spans that stay together on a line. */
export type Part = readonly Span[];

export interface Row {
  readonly label: string;
  readonly parts: readonly Part[];
}

const GAP = '   ';

/** Creates a span of one line, whatever the text: a line break or tab would pose as another row or column. */
export function span(content: string, tone?: Tone): Span {
  const text = cleanLine(content).replaceAll('\t', ' ');
  return tone === undefined ? { text } : { text, tone };
}

export function textWidth(text: string): number {
  return Array.from(text).length;
}

function cleanPart(part: Part): Part {
  return part.map(({ text, tone }) => span(text, tone));
}

function partWidth(part: Part): number {
  return part.reduce((sum, each) => sum + textWidth(each.text), 0);
}

function paintPart(part: Part, style: Style): string {
  return part.map((each) => style.paint(each.text, each.tone)).join('');
}

/** Breaks between parts only; a part wider than the screen keeps its line. */
function wrapParts(parts: readonly Part[], columns: number): readonly (readonly Part[])[] {
  const lines: Part[][] = [];
  let used = 0;
  for (const part of parts) {
    const width = partWidth(part);
    const line = lines.at(-1);
    if (line === undefined || used + GAP.length + width > columns) {
      lines.push([part]);
      used = width;
    } else {
      line.push(part);
      used += GAP.length + width;
    }
  }
  return lines;
}

/** Lays out rows of `label   part   part`: labels in one column, parts wrapped beside them. */
export function layRows(rows: readonly Row[], style: Style, columns = Number.POSITIVE_INFINITY): readonly string[] {
  const indent = Math.max(0, ...rows.map((row) => textWidth(row.label))) + 2;
  return rows.flatMap((row) =>
    wrapParts(row.parts.map(cleanPart), columns - indent).map((line, index) => {
      const label =
        index === 0 ? style.paint(row.label, 'dim') + ' '.repeat(indent - textWidth(row.label)) : ' '.repeat(indent);
      return label + line.map((part) => paintPart(part, style)).join(GAP);
    }),
  );
}

/** Wraps at spaces and keeps existing line breaks and the indentation of each line. */
export function wrapWords(text: string, columns = Number.POSITIVE_INFINITY): readonly string[] {
  return cleanText(text)
    .split('\n')
    .flatMap((line) => {
      const indent = /^ */.exec(line)?.[0] ?? '';
      const lines: string[] = [];
      let current = '';
      for (const word of line.trim().split(/ +/)) {
        if (current !== '' && textWidth(indent) + textWidth(current) + 1 + textWidth(word) > columns) {
          lines.push(indent + current);
          current = word;
        } else {
          current = current === '' ? word : `${current} ${word}`;
        }
      }
      return [...lines, indent + current];
    });
}

/** Cells in columns, two spaces between; the last column is never padded. */
export function layTable(
  rows: readonly (readonly (Span | string)[])[],
  style: Style,
  header?: readonly string[],
): readonly string[] {
  const body = rows.map((row) =>
    row.map((cell) => (typeof cell === 'string' ? span(cell) : span(cell.text, cell.tone))),
  );
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
