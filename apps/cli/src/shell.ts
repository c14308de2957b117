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

/** What every command gets: whom it speaks for, and where data (stdout) and messages (stderr) go. */
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

  /** Lines of the answer itself. */
  data(...lines: readonly string[]): void {
    this.out.write(lines.map((line) => `${line}\n`).join(''));
  }

  /** The answer as one JSON document: indented for eyes, one line for programs. */
  document(name: string, body: object): void {
    const text = JSON.stringify(
      { schema: `deskclaw.${name}/1`, ...body },
      undefined,
      this.out.interactive ? 2 : undefined,
    );
    this.out.write(`${text}\n`);
  }

  /** One of many documents, each on its own line whoever reads it. */
  record(name: string, body: object): void {
    this.out.write(`${JSON.stringify({ schema: `deskclaw.${name}/1`, ...body })}\n`);
  }

  /** Something about the answer, for people. */
  message(...lines: readonly string[]): void {
    if (this.verbosity !== 'quiet' && !this.json) this.err.write(lines.map((line) => `${line}\n`).join(''));
  }

  /** What only `--verbose` asks for. */
  detail(line: string): void {
    if (this.verbosity === 'verbose') this.err.write(`${this.err.style.paint(line, 'dim')}\n`);
  }
}
