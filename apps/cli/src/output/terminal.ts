import { cleanLine, cleanText } from '@deskclaw/protocol';
import { createStyle, paintedPieces, type Style, wantsColour, wantsUnicode } from './style.ts';

/** An output stream and its capabilities. Everything written to it is cleaned here: only our own colours and cursor moves pass. */
export interface Terminal {
  readonly interactive: boolean;
  /** `undefined` where nothing is cut: a file or a pipe. */
  readonly columns: number | undefined;
  readonly style: Style;
  /** Writes text that may have line breaks. */
  write(text: string): void;
  /** Writes each text as one line: a line break in it becomes a space. */
  writeLines(lines: readonly string[]): void;
  /**
   * Writes lines in the place of so many rows above, as far as the terminal is high enough for them.
   * @returns the rows taken: a line that is wider than the terminal takes several.
   */
  redraw(lines: readonly string[], above: number): number;
  /** Returns the text as it would be written, for a prompt that another program writes. */
  render(text: string): string;
  /** Shows a line that the next output replaces; an empty text removes it. */
  transient(text: string): void;
}

/** ECMA-48 EL 2. */
const ERASE_LINE = '\u001b[2K';
const CLEAR_LINE = `\r${ERASE_LINE}`;
/** ECMA-48 ED 0. */
const CLEAR_BELOW = '\u001b[0J';

function cursorUp(lines: number): string {
  return lines === 0 ? '' : `\u001b[${String(lines)}A`;
}

function render(text: string, clean: (text: string) => string): string {
  return paintedPieces(text)
    .map((piece) => (piece.kind === 'code' ? piece.text : clean(piece.text)))
    .join('');
}

const renderLine = (text: string): string => render(text, cleanLine);

export interface TerminalOptions {
  readonly colour: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
}

/** The part of a stream that a terminal needs. */
export interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

/** The lines that fit, and their rows. The row below them is the cursor's: more would scroll away, out of reach of the next redraw. */
function fit(lines: readonly string[], columns: number, rows: number): { fitting: readonly string[]; taken: number } {
  let taken = 0;
  const end = lines.findIndex((line) => {
    const width = paintedPieces(line).reduce(
      (sum, { kind, text }) => sum + (kind === 'code' ? 0 : [...cleanLine(text)].length),
      0,
    );
    const own = Math.max(1, Math.ceil(width / columns));
    if (taken + own >= rows) return true;
    taken += own;
    return false;
  });
  return { fitting: end === -1 ? lines : lines.slice(0, end), taken };
}

/** A terminal without a known size reports 0. */
function sizeOf(reported: number | undefined): number {
  return reported === undefined || reported === 0 ? Number.POSITIVE_INFINITY : reported;
}

export function openTerminal(stream: OutputStream, options: TerminalOptions): Terminal {
  const { env } = options;
  const interactive = stream.isTTY === true;
  let shown = false;
  const write = (rendered: string): void => {
    stream.write(shown ? CLEAR_LINE + rendered : rendered);
    shown = false;
  };
  return {
    interactive,
    get columns() {
      // A terminal without a known size reports 0.
      return interactive && stream.columns !== undefined && stream.columns > 0 ? stream.columns : undefined;
    },
    style: createStyle({
      colour: wantsColour({ flag: options.colour, env, terminal: interactive }),
      unicode: wantsUnicode(env, options.platform),
    }),
    write: (text) => write(render(text, cleanText)),
    writeLines: (lines) => write(lines.map((line) => `${renderLine(line)}\n`).join('')),
    redraw: (lines, above) => {
      const { fitting, taken } = fit(lines, sizeOf(stream.columns), sizeOf(stream.rows));
      write(`${cursorUp(above)}${CLEAR_BELOW}${fitting.map((line) => `${renderLine(line)}\n`).join('')}`);
      return taken;
    },
    render: renderLine,
    transient: (text) => {
      if (text === '' && !shown) return;
      stream.write(CLEAR_LINE + renderLine(text));
      shown = text !== '';
    },
  };
}
