import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Gate, median, table } from '../report.ts';

const commandLine = fileURLToPath(new URL('../../../../apps/cli/dist/deskclaw.cjs', import.meta.url));
const RUNS_PER_ROUND = 8;

/** Writes down, at the exit of a CommonJS program, which files it had read as modules. */
const NOTE_MODULES = `process.on('exit', () => require('node:fs').writeFileSync(process.env.NOTES, JSON.stringify(Object.keys(require.cache))));`;

interface Case {
  readonly name: string;
  readonly args: readonly string[];
  /** Whether a gateway runs; otherwise the home is empty. */
  readonly running: boolean;
  /** Times an empty program, at most. */
  readonly limit?: number;
}

const cases: readonly Case[] = [
  { name: '--version', args: ['--version'], running: false, limit: 1.5 },
  { name: '--help', args: ['--help'], running: false, limit: 1.5 },
  { name: 'status, no host', args: ['status'], running: false },
  { name: 'status, running', args: ['status'], running: true, limit: 2 },
  { name: 'call, running', args: ['call', 'system.health'], running: true },
];

class Place {
  readonly folder = mkdtempSync(join(tmpdir(), 'deskclaw-bench-'));
  readonly empty = join(this.folder, 'empty.cjs');
  readonly #notes = join(this.folder, 'notes.cjs');

  constructor() {
    writeFileSync(this.empty, '');
    writeFileSync(this.#notes, NOTE_MODULES);
  }

  /** The wall time in ms of one run. */
  run(words: readonly string[], running: boolean, env: Readonly<Record<string, string>> = {}): number {
    const home = join(this.folder, running ? 'running' : 'none');
    const began = performance.now();
    spawnSync(process.execPath, words, {
      env: { PATH: process.env['PATH'] ?? '', HOME: this.folder, LANG: 'C.UTF-8', DESKCLAW_HOME: home, ...env },
      stdio: 'ignore',
    });
    const took = performance.now() - began;
    return took;
  }

  /** Returns the KiB of code that a command reads. */
  codeRead(args: readonly string[], running: boolean): number {
    const list = join(this.folder, 'modules.json');
    this.run(['--require', this.#notes, commandLine, ...args], running, { NOTES: list });
    const files = JSON.parse(readFileSync(list, 'utf8')) as readonly string[];
    const read = files.filter((file) => file !== this.#notes);
    return read.reduce((sum, file) => sum + statSync(file).size, 0) / 1_024;
  }
}

/** Measures the start-up cost of commands as a multiple of an empty program in the same round. */
export async function measureStartUp(rounds: number): Promise<readonly Gate[]> {
  const place = new Place();
  try {
    place.run([commandLine, 'start', '--gateway', 'builtin', '--port', '0'], true);
    const empty: number[] = [];
    const times = cases.map((): number[] => []);
    for (let run = 0; run < rounds * RUNS_PER_ROUND; run += 1) {
      empty.push(place.run([place.empty], false));
      for (const [index, { args, running }] of cases.entries()) {
        times[index]?.push(place.run([commandLine, ...args], running));
      }
    }
    const ratios = times.map((all) => median(all.map((time, run) => time / (empty[run] ?? Number.NaN))));
    const code = cases.map(({ args, running }) => place.codeRead(args, running));
    table(
      ['', 'median ms', 'least ms', '× empty', 'code read, KiB'],
      [
        ['an empty program', median(empty).toFixed(1), Math.min(...empty).toFixed(1), '1.00', ''],
        ...cases.map(({ name }, index) => [
          name,
          median(times[index] ?? []).toFixed(1),
          Math.min(...(times[index] ?? [])).toFixed(1),
          (ratios[index] ?? Number.NaN).toFixed(2),
          (code[index] ?? Number.NaN).toFixed(0),
        ]),
      ],
    );
    const gates = cases.flatMap(({ name, limit }, index): readonly Gate[] =>
      limit === undefined
        ? []
        : [{ name: `${name}, × an empty program`, value: ratios[index] ?? Number.NaN, limit, better: 'below' }],
    );
    const status = cases.findIndex(({ name }) => name === 'status, running');
    const value = code[status] ?? Number.NaN;
    return [...gates, { name: 'code that status reads, KiB', value, limit: 250, better: 'below' }];
  } finally {
    place.run([commandLine, 'stop', '--force'], true);
    rmSync(place.folder, { recursive: true, force: true });
  }
}
