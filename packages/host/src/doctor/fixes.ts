import { isOpenToOthers } from './checks.ts';
import type { DoctorFacts } from './facts.ts';

/** A change that is safe: it takes rights from others, or removes what a dead process left. */
export type Fix =
  | { readonly kind: 'make-private'; readonly path: string; readonly before: number; readonly after: number }
  | { readonly kind: 'remove-socket'; readonly path: string }
  | { readonly kind: 'remove-lock'; readonly path: string };

const FOLDER_MODE = 0o700;

/** Returns the changes that repair the fixable warnings. */
export function planFixes({ paths, runtime, lock, orphan }: DoctorFacts): readonly Fix[] {
  return [
    ...paths.filter(isOpenToOthers).map(
      ({ path, mode, kind }): Fix => ({
        kind: 'make-private',
        path,
        before: mode,
        // What the owner may do stays as it is.
        after: kind === 'folder' ? FOLDER_MODE : mode & 0o700,
      }),
    ),
    ...(lock.presence === 'dead' && orphan === undefined ? [{ kind: 'remove-lock', path: lock.path } as const] : []),
    ...runtime.deadSockets.map((path): Fix => ({ kind: 'remove-socket', path })),
  ];
}
