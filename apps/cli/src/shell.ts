import { escapeJson } from '@deskclaw/protocol';
import type { Interrupts } from './interrupts.ts';
import type { Terminal } from './output/terminal.ts';

export type Environment = Readonly<Record<string, string | undefined>>;
export type Verbosity = 'quiet' | 'normal' | 'verbose';

export interface ShellOptions {
  readonly profile: string;
  /** Whether the profile was named by a flag: then the commands we print name it too. */
  readonly profileNamed: boolean;
  readonly json: boolean;
  readonly verbosity: Verbosity;
  readonly env: Environment;
  readonly out: Terminal;
  readonly err: Terminal;
  readonly interrupts: Interrupts;
  /** Epoch ms. */
  readonly now: () => number;
}

/** Context of a command: profile, environment, and the streams for data (stdout) and messages (stderr). */
export class Shell {
  readonly profile: string;
  readonly json: boolean;
  readonly verbosity: Verbosity;
  readonly env: Environment;
  readonly out: Terminal;
  readonly err: Terminal;
  readonly interrupts: Interrupts;
  readonly now: () => number;
  readonly #profileNamed: boolean;

  constructor(options: ShellOptions) {
    this.profile = options.profile;
    this.json = options.json;
    this.verbosity = options.verbosity;
    this.env = options.env;
    this.out = options.out;
    this.err = options.err;
    this.interrupts = options.interrupts;
    this.now = options.now;
    this.#profileNamed = options.profileNamed;
  }

  /** The profile to name in commands we print, if any. */
  get namedProfile(): string | undefined {
    return this.#profileNamed ? this.profile : undefined;
  }

  /** Prints lines of the result to stdout, each as one line whatever it holds. */
  data(...lines: readonly string[]): void {
    this.out.writeLines(lines);
  }

  /** Prints a value as JSON text: indented on a terminal, otherwise on one line. */
  printJson(value: unknown): void {
    this.out.writeLines(escapeJson(JSON.stringify(value, undefined, this.out.interactive ? 2 : undefined)).split('\n'));
  }

  /** Prints the result as one JSON document: indented on a terminal, otherwise on one line. */
  document(name: string, body: object): void {
    this.printJson({ schema: `deskclaw.${name}/1`, ...body });
  }

  /** Prints one of several JSON documents on its own line. */
  record(name: string, body: object): void {
    this.out.writeLines([escapeJson(JSON.stringify({ schema: `deskclaw.${name}/1`, ...body }))]);
  }

  /** Prints a message for people to stderr, except with `--quiet` or `--json`. */
  message(...lines: readonly string[]): void {
    if (this.verbosity !== 'quiet' && !this.json) this.err.writeLines(lines);
  }

  /** Prints a line to stderr with `--verbose` only. */
  detail(line: string): void {
    if (this.verbosity === 'verbose') this.err.writeLines([this.err.style.paint(line, 'dim')]);
  }
}
