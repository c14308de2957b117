import { createStyle, type Style, wantsColour, wantsUnicode } from './style.ts';

/** An output stream and its capabilities. */
export interface Terminal {
  readonly interactive: boolean;
  /** `undefined` where nothing is cut: a file or a pipe. */
  readonly columns: number | undefined;
  readonly style: Style;
  write(text: string): void;
  /** Shows a line that the next output replaces; an empty text removes it. */
  transient(text: string): void;
}

/** Carriage return, and erase the line (ECMA-48 EL 2). */
const CLEAR_LINE = '\r\u001b[2K';

export interface TerminalOptions {
  readonly colour: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
}

export function openTerminal(stream: NodeJS.WriteStream, options: TerminalOptions): Terminal {
  const { env } = options;
  const interactive = stream.isTTY === true;
  let shown = false;
  return {
    interactive,
    get columns() {
      // A terminal without a known size reports 0.
      return interactive && stream.columns > 0 ? stream.columns : undefined;
    },
    style: createStyle({
      colour: wantsColour({ flag: options.colour, env, terminal: interactive }),
      unicode: wantsUnicode(env, options.platform),
    }),
    write: (text) => {
      stream.write(shown ? CLEAR_LINE + text : text);
      shown = false;
    },
    transient: (text) => {
      if (text === '' && !shown) return;
      stream.write(CLEAR_LINE + text);
      shown = text !== '';
    },
  };
}
