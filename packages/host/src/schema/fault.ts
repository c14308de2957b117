import { en } from 'zod/locales';
import * as z from 'zod/mini';

// The small build of zod has no messages: without a locale every fault reads "Invalid input".
z.config(en());

/** A fault of a value: the path to it and a message. */
export interface Fault {
  /** Dotted; empty for the value itself. */
  readonly path: string;
  readonly message: string;
}

type Issue = z.core.$ZodIssue;

/** The first fault, in words for people. */
export function firstFault(issues: readonly Issue[]): Fault {
  const [issue] = issues;
  if (issue === undefined) return { path: '', message: 'it does not fit' };
  const unknownKey = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  return { path: [...issue.path, ...unknownKey].join('.'), message: issue.message };
}
