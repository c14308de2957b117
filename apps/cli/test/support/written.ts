import { openTerminal, type Terminal } from '../../src/output/terminal.ts';

export interface TerminalSize {
  readonly columns: number;
  readonly rows?: number;
}

/** Returns what a terminal with colours writes to its stream for this output. */
export function written(print: (terminal: Terminal) => void, size: TerminalSize = { columns: 80 }): string {
  let output = '';
  const stream = {
    isTTY: true,
    ...size,
    write: (text: string) => {
      output += text;
    },
  };
  print(openTerminal(stream, { colour: true, env: { LANG: 'en_US.UTF-8', TERM: 'xterm' }, platform: 'linux' }));
  return output;
}
