import type { Session } from '../connection/state.ts';
import type { ResolvedTarget } from './resolve-target.ts';

/** Programs that run a file, which is what a person calls the program. */
const interpreters: ReadonlySet<string> = new Set([
  'bash',
  'bun',
  'deno',
  'node',
  'nodejs',
  'python',
  'python3',
  'ruby',
  'sh',
  'tsx',
]);

/** Returns the last part of a path of any system, without the ending of a Windows program. */
function fileName(path: string): string {
  return path.replace(/^.*[/\\]/s, '').replace(/\.(exe|cmd|bat)$/i, '');
}

/** Returns the name that a person knows a command by: its file name, or that of the script which an interpreter runs. */
export function commandName([program = '', script]: readonly string[]): string {
  const name = fileName(program);
  const runsFile = script !== undefined && !script.startsWith('-') && fileName(script) !== '';
  return runsFile && interpreters.has(name) ? fileName(script) : name;
}

/** Returns the name of the program behind a target; `undefined` where only its address is known. */
export function programName(
  resolved: Pick<ResolvedTarget, 'target' | 'ownership'> | undefined,
  session: Pick<Session, 'dialect' | 'version'> | undefined,
): string | undefined {
  if (resolved?.ownership === 'owned') return resolved.target.program ?? commandName(resolved.target.command);
  if (resolved === undefined || session?.dialect !== 'openclaw') return undefined;
  return session.version === undefined ? 'OpenClaw' : `OpenClaw ${session.version}`;
}
