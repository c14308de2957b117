import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { documentNames, jsonSchemaOf, jsonSchemas } from '../../src/command-line/json-schemas.ts';

/** The built command line: of this checkout, or of the one that DESKCLAW_TEST_BUILD names (docs/testing.md). */
export const bin = join(
  process.env['DESKCLAW_TEST_BUILD'] ?? join(import.meta.dirname, '../../../..'),
  'apps/cli/dist/deskclaw.cjs',
);

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A `deskclaw` that was started and whose output can be waited for. */
export interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
  /** Resolves when that stream has shown something that fits, line or not. */
  shown(stream: 'stdout' | 'stderr', fits: RegExp): Promise<void>;
  /** The first line of that stream, from now on or before, that fits. */
  line(stream: 'stdout' | 'stderr', fits: (line: string) => boolean): Promise<string>;
}

type Environment = Readonly<Record<string, string>>;

class Lines {
  readonly #seen: string[] = [];
  readonly #waiting = new Set<(line: string) => void>();

  push(line: string): void {
    this.#seen.push(line);
    for (const waiter of [...this.#waiting]) waiter(line);
  }

  first(fits: (line: string) => boolean): Promise<string> {
    const seen = this.#seen.find(fits);
    if (seen !== undefined) return Promise.resolve(seen);
    return new Promise((resolve) => {
      const waiter = (line: string): void => {
        if (!fits(line)) return;
        this.#waiting.delete(waiter);
        resolve(line);
      };
      this.#waiting.add(waiter);
    });
  }
}

function follow(child: ChildProcessWithoutNullStreams): Running {
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const lines = { stdout: new Lines(), stderr: new Lines() };
  createInterface({ input: child.stdout }).on('line', (line) => lines.stdout.push(line));
  createInterface({ input: child.stderr }).on('line', (line) => lines.stderr.push(line));
  const ended = once(child, 'close').then(([code, signal]: unknown[]) => ({
    code: typeof code === 'number' ? code : null,
    signal: typeof signal === 'string' ? (signal as NodeJS.Signals) : null,
    stdout,
    stderr,
  }));
  const shown = async (stream: 'stdout' | 'stderr', fits: RegExp): Promise<void> => {
    while (!fits.test(stream === 'stdout' ? stdout : stderr)) await once(child[stream], 'data');
  };
  return { child, ended, shown, line: (stream, fits) => lines[stream].first(fits) };
}

/** Returns the processes of this home, recognised by their arguments or environment. */
export function processesOf(home: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        const of = readFileSync(`/proc/${pid}/cmdline`, 'utf8') + readFileSync(`/proc/${pid}/environ`, 'utf8');
        return of.includes(home);
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** Reading the process table costs some 2 ms of processor time: without a pause a wait takes it from what it waits for. */
const PROCESS_TABLE_INTERVAL_MS = 10;

/** Resolves when the condition, read from the process table or the file system, holds. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await pause(PROCESS_TABLE_INTERVAL_MS);
}

/** Kills the processes of this home. Resolves when the process table has none of them left. */
export async function killProcessesOf(home: string): Promise<void> {
  // A process may start another one between the look at the table and the signal.
  for (let pids = processesOf(home); pids.length > 0; pids = processesOf(home)) {
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
      }
    }
    await pause(PROCESS_TABLE_INTERVAL_MS);
  }
}

export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${String(pid)}/status`, 'utf8'));
  } catch {
    return false;
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** An installation in one temporary folder. Its processes are killed and its folder is removed at the end. */
export class Home {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'deskclaw-cli-')));
  readonly #env: Environment;

  /** @param atEnd registers the removal; default: at the end of the test. */
  constructor(env: Environment = {}, atEnd: (remove: () => Promise<void>) => void = onTestFinished) {
    this.#env = env;
    atEnd(async () => {
      await killProcessesOf(this.folder);
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  get socket(): string {
    return join(this.folder, 'run', 'default.sock');
  }

  #environment(): Environment {
    return {
      PATH: process.env['PATH'] ?? '',
      HOME: this.folder,
      LANG: 'C.UTF-8',
      DESKCLAW_HOME: this.folder,
      ...this.#env,
    };
  }

  get sockets(): readonly string[] {
    const folder = join(this.folder, 'run');
    return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.sock')) : [];
  }

  start(
    args: readonly string[],
    options: { readonly env?: Environment; readonly input?: string; readonly cwd?: string } = {},
  ): Running {
    const child = spawn(process.execPath, [bin, ...args], {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: { ...this.#environment(), ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdin.on('error', () => undefined);
    if (options.input !== undefined) child.stdin.end(options.input);
    return follow(child);
  }

  /** A program of the test's own, in the environment of this home. */
  startProgram(file: string, args: readonly string[]): Running {
    return this.startSystemProgram(process.execPath, [file, ...args]);
  }

  /** A program of the system, in the environment of this home. */
  startSystemProgram(program: string, args: readonly string[]): Running {
    return follow(spawn(program, args, { env: this.#environment(), stdio: ['pipe', 'pipe', 'pipe'] }));
  }

  /** The same in a terminal of that width; what it shows comes on stdout, and what is typed goes to stdin. */
  startInTerminal(columns: number, ...args: readonly string[]): Running {
    const quoted = [process.execPath, bin, ...args].map((word) => `'${word}'`).join(' ');
    const child = spawn('script', ['-qefc', `stty cols ${String(columns)} rows 40; exec ${quoted}`, '/dev/null'], {
      env: { ...this.#environment(), TERM: 'xterm-256color' },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdin.on('error', () => undefined);
    return follow(child);
  }

  /** Runs a command and waits until it exits. */
  async run(...args: readonly string[]): Promise<Ended> {
    const running = this.start(args, { input: '' });
    return running.ended;
  }

  /** Runs a command in that folder and waits until it exits. */
  runIn(cwd: string, ...args: readonly string[]): Promise<Ended> {
    return this.start(args, { input: '', cwd }).ended;
  }

  /** Runs a command in a folder that is removed before the command starts, and waits until it exits. */
  runInRemovedFolder(...args: readonly string[]): Promise<Ended> {
    const line = 'folder=$(mktemp -d); cd "$folder"; rmdir "$folder"; exec "$@"';
    const child = spawn('sh', ['-c', line, 'sh', process.execPath, bin, ...args], {
      env: this.#environment(),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdin.end();
    return follow(child).ended;
  }

  /** Runs a command that must succeed and returns its JSON document. */
  async document(...args: readonly string[]): Promise<Record<string, unknown>> {
    const ended = await this.run(...args, '--json');
    if (ended.code !== 0)
      throw new Error(`deskclaw ${args.join(' ')} exited ${String(ended.code)}\n${ended.stdout}\n${ended.stderr}`);
    return parseDocument(ended.stdout);
  }

  async startBuiltin(...args: readonly string[]): Promise<Record<string, unknown>> {
    return this.document('start', '--gateway', 'builtin', '--port', '0', ...args);
  }
}

/**
 * Shares one home between all tests of the file or block that calls this: a host and its gateway take 0.5 s of processor
 * time to start. For tests that change nothing that another one of them sees.
 */
export function shareHome(start: (home: Home) => Promise<unknown>, env?: Environment): () => Home {
  let home: Home | undefined;
  const removals: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    home = new Home(env, (remove) => removals.push(remove));
    await start(home);
  });
  afterAll(async () => {
    for (const remove of removals.splice(0)) await remove();
  });
  return () => {
    if (home === undefined) throw new Error('the shared home is there from the first test on');
    return home;
  };
}

const checkDocument = new Ajv2020({ strict: false, allErrors: true }).compile(jsonSchemas());

/** Expects a JSON document that fits the schema it names, as the command line publishes it. */
function assertSchema(document: Readonly<Record<string, unknown>>): void {
  const name = String(document['schema']);
  const schema = /^deskclaw\.(.+)\/1$/.exec(name)?.[1];
  if (schema === undefined) return;
  if (!documentNames.includes(schema)) throw new Error(`"${name}" is no published schema`);
  if (checkDocument(document)) return;
  const check = new Ajv2020({ strict: false }).compile(jsonSchemaOf(schema) ?? false);
  check(document);
  throw new Error(`the document does not fit "${name}": ${JSON.stringify(check.errors)}\n${JSON.stringify(document)}`);
}

/** Expects one JSON document, which fits its schema. */
export function parseDocument(text: string): Record<string, unknown> {
  if (text.trim().includes('\n')) throw new Error(`more than one document:\n${text}`);
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`no object: ${text}`);
  assertSchema({ ...value });
  return { ...value };
}

/** Expects a stream of JSON documents, one per line. */
export function parseDocuments(text: string): readonly Record<string, unknown>[] {
  return text.trimEnd().split('\n').map(parseDocument);
}
