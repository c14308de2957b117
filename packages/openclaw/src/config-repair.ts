import type { RecordStore } from '@deskclaw/core';
import type { Files, RepairResult } from '@deskclaw/core/internal';
import { describeProblem } from '@deskclaw/protocol';
import { isWholeConfig } from './config-diff.ts';
import type { OpenClawPlan } from './openclaw-plan.ts';
import { type ProgramPorts, type ProgramRun, runProgram } from './run-program.ts';

export interface RepairPorts extends ProgramPorts {
  readonly files: Files;
  /** A new place for a copy of the configuration, and its name for people. */
  readonly backup: (name: string) => { readonly path: string; readonly store: RecordStore };
}

/** Measured: 1.5 to 8 s. It may have a database to migrate. */
const TIMEOUT_MS = 120_000;
const LAST_LINES = 6;

function lastLines(text: string): string {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-LAST_LINES)
    .join('\n');
}

function describeFailure(run: Exclude<ProgramRun, { kind: 'aborted' }>): string | undefined {
  switch (run.kind) {
    case 'ended':
      return run.code === 0 ? undefined : `ended with ${String(run.code)}:\n${lastLines(run.stderr || run.stdout)}`;
    case 'timed-out':
      return `did not end within ${String(TIMEOUT_MS / 1000)} s`;
    case 'failed':
      return `could not be run: ${run.message}`;
    default:
      return run satisfies never;
  }
}

/**
 * OpenClaw's own repair of its configuration (`doctor --fix`), for one try after it refused to start with it.
 * The configuration is copied away first; where that fails, nothing is repaired.
 * @param env the whole environment of the repair: that of the gateway itself.
 */
export async function repairConfig(
  plan: OpenClawPlan,
  env: Readonly<Record<string, string>>,
  ports: RepairPorts,
  signal: AbortSignal,
): Promise<RepairResult> {
  const { configPath: source } = plan;
  const at = ports.clock.wallTime();
  const failed = (fault: string): RepairResult => ({
    kind: 'failed',
    problem: describeProblem('config.invalid', { source, fault }, at),
  });
  let copy: string | undefined;
  try {
    const text = await ports.files.read(source);
    if (text !== undefined && !isWholeConfig(text))
      return failed('it is not complete JSON5: it may still be being written, so it was not repaired');
    if (text !== undefined) {
      const { path, store } = ports.backup(`openclaw-${new Date(at).toISOString().replaceAll(/[:.]/g, '-')}.json`);
      await store.save(text);
      copy = path;
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return failed(`it was not repaired, because it could not be copied away first (${why})`);
  }
  const [file, entry = ''] = plan.command;
  const args = [entry, 'doctor', '--fix', '--yes', '--non-interactive'];
  const run = await runProgram({ file, args, env }, { timeoutMs: TIMEOUT_MS, keepChars: 16_384, signal }, ports);
  const backupNote = copy === undefined ? '' : ` A copy from before is at ${copy}.`;
  if (run.kind === 'aborted') {
    const detail = `The repair was stopped.${backupNote}`;
    return { kind: 'failed', problem: describeProblem('aborted', { detail }, at) };
  }
  const failure = describeFailure(run);
  return failure === undefined
    ? { kind: 'repaired', did: `Before this start "openclaw doctor --fix" had repaired ${source}.${backupNote}` }
    : failed(`"openclaw doctor --fix" ${failure}.${backupNote}`);
}
