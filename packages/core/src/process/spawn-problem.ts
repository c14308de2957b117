import { describeProblem, type Problem, systemLimitProblem } from '@deskclaw/protocol';
import type { SpawnFailure, SpawnRequest } from '../ports/spawner.ts';
import { commandName } from './command.ts';

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
      return describeProblem('gateway.not-found', { command: request.file, reason: 'not-a-program', searched: [] }, at);
    case 'E2BIG':
      return notStarted('its arguments and environment are larger than the system allows');
    default:
      return notStarted(`${failure.code}: ${failure.message}`);
  }
}
