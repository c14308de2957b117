import { type Files, readIfPossible } from '@deskclaw/core/internal';
import { isObject, parseJson } from '@deskclaw/protocol';
import type { PathRules } from './system-info.ts';

/** An installed `openclaw` package. */
export interface OpenClawPackage {
  readonly root: string;
  /** The file a Node runs, absolute. */
  readonly entry: string;
  readonly version: string;
  /** The range in `engines.node`; `*` if there is none. */
  readonly neededNode: string;
}

/** `openclaw.mjs` sits in the root, built files one or two folders deeper. */
const MAX_DEPTH = 4;

function binOf(manifest: Readonly<Record<string, unknown>>): string | undefined {
  const bin = manifest['bin'];
  if (typeof bin === 'string') return bin;
  const named = isObject(bin) ? bin['openclaw'] : undefined;
  return typeof named === 'string' ? named : undefined;
}

/** Returns the OpenClaw package with this root; `undefined` if it is another package. */
export async function packageAt(root: string, files: Files, path: PathRules): Promise<OpenClawPackage | undefined> {
  const text = await readIfPossible(files, path.join(root, 'package.json'));
  const manifest = text === undefined ? undefined : parseJson(text);
  if (!isObject(manifest) || manifest['name'] !== 'openclaw') return undefined;
  const { version, engines } = manifest;
  const bin = binOf(manifest);
  if (typeof version !== 'string' || bin === undefined) return undefined;
  const needed = isObject(engines) ? engines['node'] : undefined;
  return { root, entry: path.join(root, bin), version, neededNode: typeof needed === 'string' ? needed : '*' };
}

/** Returns the OpenClaw package that a file belongs to; `undefined` if it is another's. */
export async function packageAround(file: string, files: Files, path: PathRules): Promise<OpenClawPackage | undefined> {
  let folder = path.dirname(file);
  for (let depth = 0; depth < MAX_DEPTH; depth += 1) {
    const found = await packageAt(folder, files, path);
    if (found !== undefined) return found;
    const parent = path.dirname(folder);
    if (parent === folder) return undefined;
    folder = parent;
  }
  return undefined;
}
