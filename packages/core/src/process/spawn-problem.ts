import { describeProblem, type Problem, systemLimitProblem } from '@deskclaw/protocol';
import type { SpawnFailure, SpawnRequest } from '../ports/spawner.ts';
import { commandName } from './command.ts';
import type { ExitInfo } from './exit.ts';

function notAProgram(file: string, at: number): Problem {
  return describeProblem('gateway.not-found', { command: file, reason: 'not-a-program', searched: [] }, at);
}

/** What a shell adds to the path of a file that it cannot read as a script: the number of a line, or that it is binary. */
const shellComplaint = /^(?:(?:line )?\d+: |.*cannot execute)/;

/**
 * Returns the problem of a binary for another kind of processor that the system refused to run (ENOEXEC), although it was spawned:
 * `execvp` hands such a file to a shell, whose complaints begin with the path of the file. `undefined`: it ran. @param at epoch ms.
 */
export function refusedProgramProblem(file: string, exit: ExitInfo, at: number): Problem | undefined {
  const { endedBy, wasReady, code, lines } = exit;
  if (endedBy !== 'itself' || wasReady || code === null || code === 0) return undefined;
  const start = `${file}: `;
  const isRefused = lines.some((line) => line.startsWith(start) && shellComplaint.test(line.slice(start.length)));
  return isRefused ? notAProgram(file, at) : undefined;
}

/** A failure to spawn what was found a moment before, in words. @param at epoch ms. */
export function spawnProblem(
  failure: SpawnFailure,
  request: SpawnRequest,
  at: number,
  maxDescriptors?: number,
): Problem {
  const limit = systemLimitProblem(failure.code, { during: 'while starting the gateway', maxDescriptors }, at);
  if (limit !== undefined) return limit;
  const command = commandName([request.file, ...request.args]);
  const notStarted = (sentence: string) =>
    describeProblem(
      'gateway.exited',
      { command, code: null, signal: null, cause: 'not-started', lastLines: [sentence] },
      at,
    );
  switch (failure.code) {
    case 'EACCES':
    case 'EPERM':
      return describeProblem(
        'gateway.not-found',
        { command: request.file, reason: 'not-executable', searched: [] },
        at,
      );
    case 'ENOTDIR':
      return describeProblem(
        'gateway.not-found',
        { command: request.cwd ?? request.file, reason: 'no-folder', searched: [] },
        at,
      );
    case 'ENOENT':
      // The file was found before, so the interpreter in its first line is missing, or the file was removed just now.
      return notStarted(`${request.file}: it, or the interpreter its first line (#!) names, does not exist`);
    case 'ENOEXEC':
      return notAProgram(request.file, at);
    case 'E2BIG':
      return notStarted('its arguments and environment are larger than the system allows');
    default:
      return notStarted(`${failure.code}: ${failure.message}`);
  }
}
