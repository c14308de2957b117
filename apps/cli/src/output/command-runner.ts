import { type ExitCode, isObject, parseJson } from '@deskclaw/protocol';
import { Shell } from '../shell.ts';
import { openTerminal } from './terminal.ts';

export type CapturedCommand = (shell: Shell) => Promise<ExitCode> | ExitCode;

/** Longest line of a text: an agent pays for each character. */
const MAX_LINE = 500;

/** Runs commands in place of a person, and returns what they print. */
export class CommandRunner {
  readonly #shell: Shell;

  constructor(shell: Shell) {
    this.#shell = shell;
  }

  /** What a command prints with `--json`. */
  async document(command: CapturedCommand): Promise<Record<string, unknown>> {
    const { text } = await this.#run(command, true);
    const value = parseJson(text);
    return isObject(value) ? { ...value } : {};
  }

  /** What a command prints for people, without colours, messages included. */
  async text(command: CapturedCommand): Promise<string> {
    const { text } = await this.#run(command, false);
    const lines = text.trimEnd().split('\n');
    return lines.map((line) => (line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}...` : line)).join('\n');
  }

  async #run(command: CapturedCommand, json: boolean): Promise<{ readonly text: string }> {
    let text = '';
    const stream = {
      write: (piece: string) => {
        text += piece;
      },
    };
    // Plain ASCII: what an agent reads needs no drawing.
    const options = { colour: false, env: { LANG: 'C' }, platform: process.platform };
    const terminal = openTerminal(stream, options);
    const { profile, env, interrupts, now, namedProfile } = this.#shell;
    const profileNamed = namedProfile !== undefined;
    const shell = new Shell({
      profile,
      profileNamed,
      json,
      verbosity: 'normal',
      env,
      out: terminal,
      err: json ? openTerminal({ write: () => undefined }, options) : terminal,
      interrupts,
      now,
    });
    await command(shell);
    return { text };
  }
}
