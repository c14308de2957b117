import { execFile } from 'node:child_process';
import { type Report, readReport, together } from './seeds.ts';

const LARGEST_REPORT = 10_000_000;

/** Splits a range of seeds among processes of the same program. */
export async function runJobs(
  program: string,
  args: readonly string[],
  range: { readonly first: number; readonly runs: number; readonly jobs: number },
): Promise<Report> {
  const share = Math.ceil(range.runs / range.jobs);
  const parts = Array.from({ length: range.jobs }, (_, job) => {
    const first = range.first + job * share;
    return { first, runs: Math.min(share, range.first + range.runs - first) };
  }).filter(({ runs }) => runs > 0);
  return together(
    await Promise.all(
      parts.map(({ first, runs }) =>
        runJob(program, [...args, '--job', '--seed', String(first), '--runs', String(runs)]),
      ),
    ),
  );
}

function runJob(program: string, args: readonly string[]): Promise<Report> {
  return new Promise((resolve, reject) => {
    const options = { maxBuffer: LARGEST_REPORT };
    execFile(process.execPath, [program, ...args], options, (error, stdout, stderr) => {
      const report = error === null ? readReport(stdout) : undefined;
      if (report === undefined) reject(new Error(`sim ${args.join(' ')} failed: ${stderr}`));
      else resolve(report);
    });
  });
}
