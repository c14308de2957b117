import { en } from 'zod/locales';
import * as z from 'zod/mini';

// The small build of zod carries no words of its own: without these every fault is an "Invalid input".
z.config(en());

/** What is wrong with a value, and where in it. */
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
