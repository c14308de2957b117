import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

/** A helper process of the run: its output and its exit. */
export class Program {
  readonly pid: number;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  #said = '';
  #complained = '';
  #heard: () => void = () => undefined;

  /** @param user whose process it is, in a folder that every user may enter; default: ours. */
  constructor(args: readonly string[], env: NodeJS.ProcessEnv = process.env, user?: number) {
    const owner = user === undefined ? {} : { uid: user, gid: user, cwd: '/' };
    this.#child = spawn(process.execPath, args, { env, stdio: ['pipe', 'pipe', 'pipe'], ...owner });
    const { stdout, stderr, stdin, pid } = this.#child;
    if (pid === undefined) throw new Error(`${args.join(' ')} cannot be started`);
    this.pid = pid;
    stdin.on('error', () => undefined);
    stdout.on('data', (chunk: Buffer) => {
      this.#said += chunk.toString();
      this.#heard();
    });
    stderr.on('data', (chunk: Buffer) => {
      this.#complained = (this.#complained + chunk.toString()).slice(-4_000);
    });
    this.ended = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        resolve({ code, signal });
        this.#heard();
      });
    });
  }

  get said(): string {
    return this.#said;
  }

  /** Resolves with `true` when the output contains the words, with `false` if the process ends first. */
  says(words: string): Promise<boolean> {
    return new Promise((resolve) => {
      this.#heard = () => {
        if (this.#said.includes(words)) resolve(true);
        else if (this.#child.exitCode !== null || this.#child.signalCode !== null) resolve(false);
      };
      this.#heard();
    });
  }

  get complaint(): string {
    return this.#complained.trim();
  }

  tell(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Closes standard input, at whose end the program exits. */
  release(): void {
    this.#child.stdin.end();
  }
}
