import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseJson } from '@deskclaw/protocol';
import type { Workplace } from './workplace.ts';

const program = join(import.meta.dirname, '..', '..', '..', 'apps', 'cli', 'dist', 'deskclaw.cjs');

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly tookMs: number;
}

/** The built command line, with a home and settings of its own. */
export class CommandLine {
  readonly #env: Readonly<Record<string, string>>;
  readonly #node: string;

  /**
   * @param openclaw the folder that holds the package; `undefined`: none is named, so one is looked for.
   * @param node what runs it.
   */
  constructor(
    workplace: Workplace,
    openclaw: string | undefined,
    extra: Readonly<Record<string, string>> = {},
    node = process.execPath,
  ) {
    this.#node = node;
    if (!existsSync(program)) throw new Error(`${program} is not built: run "pnpm build" first`);
    this.#env = {
      ...workplace.env,
      DESKCLAW_HOME: join(workplace.root, 'deskclaw'),
      ...(openclaw === undefined ? {} : { DESKCLAW_OPENCLAW: openclaw }),
      OPENCLAW_SKIP_CHANNELS: '1',
      ...extra,
    };
  }

  run(args: readonly string[], limitMs = 180_000): Promise<Ran> {
    const begun = performance.now();
    const child = spawn(this.#node, [program, ...args], {
      env: this.#env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: limitMs,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString('utf8');
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString('utf8');
    });
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => {
        resolve({ code, stdout, stderr, tookMs: Math.round(performance.now() - begun) });
      });
    });
  }

  /** Runs with `--json`, expects `code`, and gives the document it printed. */
  async json(args: readonly string[], code = 0): Promise<unknown> {
    const ran = await this.run([...args, '--json']);
    if (ran.code !== code) throw new Error(`deskclaw ${args.join(' ')} ended with ${String(ran.code)}: ${ran.stderr}`);
    return parseJson(ran.stdout);
  }
}

/** NDJSON, one value per line. */
export function records(text: string): readonly unknown[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => parseJson(line));
}
