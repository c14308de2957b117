import type { FailureStore } from '@deskclaw/core';
import type { Redactor } from '@deskclaw/core/internal';
import { isLastFailure, type LastFailure, type StartRequest } from '@deskclaw/protocol';
import { clearLastFailure, failureOfStart, readLastFailure, saveLastFailure } from '../profile/last-failure.ts';

export interface FailureStoreOptions {
  /** The file of the profile. */
  readonly path: string;
  readonly profile: string;
  /** The request of the start under way, for next steps that repeat it. */
  readonly request: () => StartRequest;
  readonly redactor: Redactor;
  /** For the log: that a failure could not be stored. */
  readonly log: (text: string) => void;
}

/** Returns the store of a host: what failed is stored in a file of the profile, without secrets, with the command that repeats it. */
export function failureStore({ path, profile, request, redactor, log }: FailureStoreOptions): FailureStore {
  const attempt = (write: () => void): void => {
    try {
      write();
    } catch (error) {
      log(`The last failure cannot be stored: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  return {
    load: () => readLastFailure(path),
    save: (problem) => {
      const failure = failureOfStart(problem, request(), profile);
      const redacted: unknown = redactor.value(failure);
      const stored: LastFailure = isLastFailure(redacted) ? redacted : failure;
      attempt(() => saveLastFailure(path, stored));
      return stored;
    },
    clear: () => attempt(() => clearLastFailure(path)),
  };
}
