import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { JournalRecord } from '@deskclaw/core';
import { type Gate, median, table } from '../report.ts';

const commandLine = fileURLToPath(new URL('../../../../apps/cli/dist/deskclaw.cjs', import.meta.url));
const RECORDS = 1_000_000;
const FILE_BYTES = 4 * 1024 * 1024;
const RUNS_PER_ROUND = 4;
const SPAN_MS = 25 * 86_400_000;

/** A gateway that crashes and comes back: 8 records, as the supervisor writes them. */
function crash(at: number, pid: number): readonly JournalRecord[] {
  const cause = 'crash (exit code 3)';
  const data = { pid, code: 3, signal: null, lastLines: ['plugin-x: cannot read settings'] };
  return [
    {
      at,
      category: 'connection',
      what: 'waiting',
      cause: 'The connection broke without a close message.',
      durationMs: 9_000,
    },
    { at, category: 'process', what: 'terminating', cause: 'exited', durationMs: 9_000 },
    { at: at + 1, category: 'process', what: 'exit', cause, durationMs: 9_000, data },
    { at: at + 2, category: 'process', what: 'preflight', cause: 'gone', durationMs: 1 },
    { at: at + 5, category: 'process', what: 'booting', cause: 'spawned', durationMs: 2 },
    { at: at + 5, category: 'process', what: 'spawned', data: { pid: pid + 1, program: 'gateway', port: 18_789 } },
    {
      at: at + 400,
      category: 'connection',
      what: 'ready',
      durationMs: 4,
      data: { dialect: 'jsonrpc', version: '1.2.3' },
    },
    {
      at: at + 401,
      category: 'process',
      what: 'running',
      cause: 'ready',
      durationMs: 396,
      data: { pid: pid + 1, bootMs: 396 },
    },
  ];
}

/** Writes a journal of a million records as rotation leaves it, the newest file without a number. */
function writeJournal(folder: string): number {
  mkdirSync(folder, { recursive: true });
  const crashes = RECORDS / 8;
  const began = Date.now() - SPAN_MS;
  const files: string[] = [];
  let lines: string[] = [];
  let bytes = 0;
  const finish = () => {
    files.push(lines.join(''));
    lines = [];
    bytes = 0;
  };
  for (let index = 0; index < crashes; index += 1) {
    for (const record of crash(Math.round(began + (index * SPAN_MS) / crashes), index)) {
      const line = `${JSON.stringify(record)}\n`;
      lines.push(line);
      bytes += line.length;
    }
    if (bytes > FILE_BYTES) finish();
  }
  finish();
  for (const [index, text] of files.toReversed().entries()) {
    writeFileSync(join(folder, index === 0 ? 'journal.ndjson' : `journal.ndjson.${String(index)}`), text);
  }
  return files.length;
}

/** Measures the default view of `history`, and `why`, over a journal of a million records. */
export async function measureHistory(rounds: number): Promise<readonly Gate[]> {
  const home = mkdtempSync(join(tmpdir(), 'deskclaw-bench-'));
  try {
    const files = writeJournal(join(home, 'state', 'default'));
    const run = (...args: readonly string[]): number => {
      const began = performance.now();
      const { stdout } = spawnSync(process.execPath, [commandLine, ...args], {
        env: { PATH: process.env['PATH'] ?? '', HOME: home, LANG: 'C.UTF-8', DESKCLAW_HOME: home },
        encoding: 'utf8',
      });
      const took = performance.now() - began;
      if (!stdout.includes('The gateway crashed'))
        throw new Error(`${args.join(' ')} printed: ${stdout.slice(0, 200)}`);
      return took;
    };
    const cases = [['history'], ['why']] as const;
    const times = cases.map(([name]) => Array.from({ length: rounds * RUNS_PER_ROUND }, () => run(name)));
    table(
      [`${RECORDS.toLocaleString('en')} records in ${String(files)} files`, 'median ms', 'least ms'],
      cases.map(([name], index) => [
        name,
        median(times[index] ?? []).toFixed(0),
        Math.min(...(times[index] ?? [])).toFixed(0),
      ]),
    );
    return [{ name: 'history, ms', value: median(times[0] ?? []), limit: 300, better: 'below' }];
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
