import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Environment } from '@deskclaw/core';
import { Redactor } from '@deskclaw/core/internal';
import {
  isLastFailure,
  type JournalRecord,
  type Problem,
  parseJournalRecord,
  type StartRequest,
} from '@deskclaw/protocol';
import { formatLogLine } from '../journal/log-line.ts';
import { failureOfStart, saveLastFailure } from '../profile/last-failure.ts';
import { resolvePaths } from '../profile/paths.ts';

interface ProfileName {
  readonly name: string;
  readonly env: Environment;
}

/**
 * Appends a record to a journal file. The line break before it ends a line that a crash may have cut; empty lines are skipped. A host
 * that starts at the same time appends to the same file, each record in one write.
 * @throws what the file system says.
 */
export function appendRecord(path: string, record: JournalRecord): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  appendFileSync(path, `\n${JSON.stringify(record)}\n`, { mode: 0o600 });
}

function attempt(write: () => void): void {
  try {
    write();
  } catch {
    // The command reports its own failure; a folder that cannot be written is often its cause.
  }
}

/** Writes a record into the journal of a profile that has no host. Does nothing where its folder cannot be written. */
export function recordWithoutHost(profile: ProfileName, record: JournalRecord): void {
  const redacted = parseJournalRecord(new Redactor().value(record)) ?? record;
  attempt(() => appendRecord(resolvePaths(profile).journal, redacted));
}

/** Stores why a start failed before there was a host, for `status` and `history`. Each file that cannot be written is left out. */
export function recordFailureWithoutHost(profile: ProfileName, problem: Problem, request: StartRequest): void {
  const { title, detail, code, at } = problem;
  recordWithoutHost(profile, { at, category: 'intent', what: 'start' });
  recordWithoutHost(profile, { at, category: 'process', what: 'failed', cause: `${title}: ${detail}`, data: { code } });
  const redactor = new Redactor();
  const failure: unknown = redactor.value(failureOfStart(problem, request, profile.name));
  const text = redactor.line(`The start failed: ${title}. ${detail}`.replaceAll('\n', ' '));
  const { logs, lastFailure } = resolvePaths(profile);
  attempt(() => {
    mkdirSync(logs, { recursive: true, mode: 0o700 });
    const line = formatLogLine({ at, source: 'supervisor', level: 'error', text });
    appendFileSync(join(logs, 'gateway.log'), `${line}\n`, { mode: 0o600 });
  });
  if (isLastFailure(failure)) attempt(() => saveLastFailure(lastFailure, failure));
}
