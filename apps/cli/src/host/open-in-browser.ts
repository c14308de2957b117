import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Environment } from '../shell.ts';

/** Program and arguments; `%s` stands for the address, which comes last otherwise. */
type Opener = readonly [string, ...string[]];

export type OpenResult =
  | { readonly kind: 'opened' }
  /** `reason`: a sentence. */
  | { readonly kind: 'failed'; readonly reason: string };

/** A browser may run in the foreground of its opener; one that failed has ended by then. */
const EXIT_WAIT_MS = 3_000;

/** Exit codes of xdg-open that say more than that it failed (its manual page). */
const xdgReasons: Readonly<Record<number, string>> = {
  3: ': it found no browser',
  4: ': the browser failed',
};

/** Returns the programs of the variable BROWSER: names or command lines, separated by colons. */
function fromVariable(variable: string): readonly Opener[] {
  return variable.split(':').flatMap((entry): Opener[] => {
    const [program, ...args] = existsSync(entry) ? [entry] : entry.split(/\s+/).filter((word) => word !== '');
    return program === undefined ? [] : [[program, ...args]];
  });
}

/** Returns the programs to try, in order; none where nothing can show a page. */
function openers(platform: NodeJS.Platform, env: Environment): readonly Opener[] {
  const variable = platform === 'win32' ? '' : (env['BROWSER'] ?? '');
  const named = fromVariable(variable);
  switch (platform) {
    case 'darwin':
      return [...named, ['open']];
    case 'win32':
      return [['rundll32', 'url.dll,FileProtocolHandler']];
    default: {
      const hasDisplay = [env['DISPLAY'], env['WAYLAND_DISPLAY']].some((name) => name !== undefined && name !== '');
      return hasDisplay ? [...named, ['xdg-open']] : named;
    }
  }
}

function run([program, ...args]: Opener, address: string, env: Environment): Promise<OpenResult> {
  const hasPlace = args.some((word) => word.includes('%s'));
  const argv = hasPlace ? args.map((word) => word.replaceAll('%s', address)) : [...args, address];
  return new Promise((resolve) => {
    const child = spawn(program, argv, { stdio: 'ignore', detached: true, windowsHide: true, env });
    const wait = setTimeout(() => settle({ kind: 'opened' }), EXIT_WAIT_MS);
    const settle = (result: OpenResult): void => {
      clearTimeout(wait);
      child.unref();
      resolve(result);
    };
    child.once('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'ENOENT' ? 'was not found' : `could not be started (${error.message})`;
      settle({ kind: 'failed', reason: `"${program}" ${reason}.` });
    });
    child.once('exit', (code, signal) => {
      if (code === 0) return settle({ kind: 'opened' });
      const hint = (program === 'xdg-open' && code !== null && xdgReasons[code]) || '';
      const how = code === null ? `was ended by ${String(signal)}` : `failed with exit code ${String(code)}${hint}`;
      return settle({ kind: 'failed', reason: `"${program}" ${how}.` });
    });
  });
}

/** Opens an address with the first program that can, and waits briefly for its exit code. */
export async function openInBrowser(address: string, env: Environment): Promise<OpenResult> {
  const programs = openers(process.platform, env);
  if (programs.length === 0) {
    return { kind: 'failed', reason: 'There is no display here: DISPLAY, WAYLAND_DISPLAY and BROWSER are not set.' };
  }
  const reasons: string[] = [];
  for (const program of programs) {
    const result = await run(program, address, env);
    if (result.kind === 'opened') return result;
    reasons.push(result.reason);
  }
  return { kind: 'failed', reason: reasons.join(' ') };
}
