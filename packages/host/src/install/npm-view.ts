import type { ProgramRun } from '@deskclaw/openclaw';
import { isObject, parseJson } from '@deskclaw/protocol';
import { isStrongIntegrity } from './lockfile.ts';
import { npmErrorLines } from './npm.ts';
import { isExactVersion } from './versions.ts';

/** One published version and the Node range it needs. */
export interface PublishedVersion {
  readonly version: string;
  readonly neededNode: string;
  /** The sha512 checksum that the registry states. */
  readonly integrity: string;
}

export type RegistryAnswer<T> =
  | { readonly kind: 'answered'; readonly value: T }
  /** The registry knows no such thing. */
  | { readonly kind: 'unknown'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string; readonly lines: readonly string[] };

function errorIn(stdout: string): { readonly code: string; readonly summary: string } | undefined {
  const value = parseJson(stdout);
  const error = isObject(value) ? value['error'] : undefined;
  if (!isObject(error)) return undefined;
  const { code, summary } = error;
  return { code: typeof code === 'string' ? code : '', summary: typeof summary === 'string' ? summary : '' };
}

/** How a run of npm that printed nothing usable ended, in words. */
export function describeNpmEnd(run: Exclude<ProgramRun, { kind: 'aborted' }>): string {
  switch (run.kind) {
    case 'ended':
      return run.code === 0 ? 'npm gave an answer that cannot be read.' : `npm ended with ${String(run.code)}.`;
    case 'timed-out':
      return 'npm did not end in time.';
    case 'failed':
      return `npm could not be run: ${run.message}.`;
    default:
      return run satisfies never;
  }
}

function readAnswer<T>(
  run: Exclude<ProgramRun, { kind: 'aborted' }>,
  read: (value: unknown) => T | undefined,
): RegistryAnswer<T> {
  if (run.kind !== 'ended') return { kind: 'failed', reason: describeNpmEnd(run), lines: [] };
  const error = errorIn(run.stdout);
  if (error !== undefined && (error.code === 'E404' || error.code === 'ETARGET')) {
    return { kind: 'unknown', reason: `${error.summary.replace(/\.$/, '')}.` };
  }
  const value = run.code === 0 ? read(parseJson(run.stdout)) : undefined;
  // npm prints nothing at all, and calls it a success, for a version that a range does not match.
  if (value === undefined && run.code === 0 && run.stdout.trim() === '') {
    return { kind: 'unknown', reason: 'The registry knows none.' };
  }
  return value === undefined
    ? { kind: 'failed', reason: describeNpmEnd(run), lines: npmErrorLines(run.stderr) }
    : { kind: 'answered', value };
}

/** `npm view openclaw@SPEC name version engines dist.integrity --json`; a range is answered with a list, of which the last is the newest. */
export function readPublished(run: Exclude<ProgramRun, { kind: 'aborted' }>): RegistryAnswer<PublishedVersion> {
  let unchecked: string | undefined;
  const answer = readAnswer(run, (value) => {
    const found: unknown = Array.isArray(value) ? value.at(-1) : value;
    if (!isObject(found) || found['name'] !== 'openclaw') return undefined;
    const { version, engines } = found;
    const needed = isObject(engines) ? engines['node'] : undefined;
    if (typeof version !== 'string' || !isExactVersion(version)) return undefined;
    const integrity = found['dist.integrity'];
    if (!isStrongIntegrity(integrity)) {
      unchecked = version;
      return undefined;
    }
    return { version, neededNode: typeof needed === 'string' ? needed : '*', integrity };
  });
  if (unchecked === undefined) return answer;
  return { kind: 'failed', reason: `the registry states no sha512 checksum of openclaw ${unchecked}.`, lines: [] };
}

/** `npm view PACKAGE versions --json`; a package with one version is answered without a list. */
export function readVersions(run: Exclude<ProgramRun, { kind: 'aborted' }>): RegistryAnswer<readonly string[]> {
  return readAnswer(run, (value) => {
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    const versions = list.filter((each) => typeof each === 'string');
    return versions.length === 0 ? undefined : versions;
  });
}
