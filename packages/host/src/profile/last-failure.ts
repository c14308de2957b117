import { rmSync } from 'node:fs';
import { maskCommand } from '@deskclaw/core/internal';
import { isLastFailure, type LastFailure, type Problem, type StartRequest } from '@deskclaw/protocol';
import { readJsonFile, writeJsonFile } from './json-file.ts';
import { startFlags, withOwnProfile, withStartFlags } from './start-command.ts';

/** Returns the failure that the profile's file holds; `undefined` for none, also where it cannot be read. */
export function readLastFailure(path: string): LastFailure | undefined {
  const stored = readJsonFile(path);
  return isLastFailure(stored) ? stored : undefined;
}

/** Stores the newest failure of a profile. @throws what the file system says. */
export function saveLastFailure(path: string, failure: LastFailure): void {
  writeJsonFile(path, failure);
}

/** Removes the stored failure: the gateway runs again. @throws what the file system says. */
export function clearLastFailure(path: string): void {
  rmSync(path, { force: true });
}

/** The command that repeats what failed. A stop that failed is repeated by a stop, everything else by a start. */
function commandOf({ code }: Problem, request: StartRequest): string {
  if (code === 'gateway.not-stopped') return 'deskclaw stop';
  return ['deskclaw start', startFlags(request)].filter((text) => text !== '').join(' ');
}

/**
 * Returns a failure with next steps that work when typed in any shell, also after the host has ended: with the options of the
 * start that failed, and with its profile unless that is the default one.
 */
export function failureOfStart(problem: Problem, request: StartRequest, profile: string): LastFailure {
  const { command } = request;
  const flags = command === undefined ? request : { ...request, command: maskCommand(command) };
  const named = (text: string): string => withOwnProfile(text, profile);
  const { actions, ...rest } = withStartFlags(problem, flags, false);
  return {
    problem: {
      ...rest,
      actions: actions.map((action) =>
        action.command === undefined ? action : { ...action, command: named(action.command) },
      ),
    },
    at: problem.at,
    command: named(commandOf(problem, flags)),
  };
}
