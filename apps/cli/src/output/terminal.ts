import type { WriteStream } from 'node:tty';
import { createStyle, type Style, wantsColour, wantsUnicode } from './style.ts';

/** One output stream, with what it can show. */
export interface Terminal {
  readonly interactive: boolean;
  /** `undefined` where nothing is cut: a file or a pipe. */
  readonly columns: number | undefined;
  readonly style: Style;
  write(text: string): void;
}

export interface TerminalOptions {
  readonly colour: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
}

export function openTerminal(
  stream: NodeJS.WriteStream & Partial<Pick<WriteStream, 'columns'>>,
  options: TerminalOptions,
): Terminal {
  const { env } = options;
  const interactive = stream.isTTY === true;
  return {
    interactive,
    get columns() {
      // A terminal that was never told its size says 0.
      return interactive && stream.columns > 0 ? stream.columns : undefined;
    },
    style: createStyle({
      colour: wantsColour({ flag: options.colour, env, terminal: interactive }),
      unicode: wantsUnicode(env, options.platform),
    }),
    write: (text) => {
      stream.write(text);
    },
  };
}
