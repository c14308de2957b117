import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../../dist/deskclaw-gateway.js', import.meta.url));
const running = new Set<ChildProcess>();

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The built program as a real child process. */
export class Program {
  readonly child: ChildProcess;
  readonly exited: Promise<Exit>;
  stdout = '';
  stderr = '';
  #wake: () => void = () => undefined;

  constructor(args: readonly string[], options: { readonly holdStdin?: boolean } = {}) {
    const stdin = options.holdStdin === true ? 'pipe' : 'ignore';
    this.child = spawn(process.execPath, [bin, ...args], { stdio: [stdin, 'pipe', 'pipe'] });
    running.add(this.child);
    this.child.stdout?.on('data', (data) => {
      this.stdout += String(data);
      this.#wake();
    });
    this.child.stderr?.on('data', (data) => {
      this.stderr += String(data);
      this.#wake();
    });
    this.exited = new Promise((resolve) => {
      this.child.on('close', (code, signal) => {
        running.delete(this.child);
        resolve({ code, signal });
        this.#wake();
      });
    });
  }

  /** Starts it on a free port and waits for its line. */
  static async listening(
    args: readonly string[],
    options: { readonly holdStdin?: boolean } = {},
  ): Promise<Program & { port: number }> {
    const program = new Program(['--port', '0', ...args], options);
    await program.until(() => /listening on \S+:\d+/.test(program.stdout), 'listening');
    const port = Number(/listening on \S+:(\d+)/.exec(program.stdout)?.[1]);
    return Object.assign(program, { port });
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Waits for output (or the end) to make it true. */
  async until(isTrue: () => boolean, what: string): Promise<void> {
    while (!isTrue()) {
      const { exitCode, signalCode } = this.child;
      if (exitCode !== null || signalCode !== null) {
        await this.exited;
        if (isTrue()) return;
        throw new Error(`ended (${exitCode ?? signalCode}) before ${what}: ${this.stdout}${this.stderr}`);
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/** For afterEach: ends every process that the test started. */
export async function endPrograms(): Promise<void> {
  const left = [...running];
  for (const child of left) child.kill('SIGKILL');
  await Promise.all(left.map((child) => new Promise((resolve) => child.once('close', resolve))));
}

export async function run(
  args: readonly string[],
): Promise<Exit & { readonly stdout: string; readonly stderr: string }> {
  const program = new Program(args);
  const exit = await program.exited;
  return { ...exit, stdout: program.stdout, stderr: program.stderr };
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
