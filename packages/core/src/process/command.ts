import type { ProblemFacts } from '@deskclaw/protocol';
import type { PathKind, Programs } from '../ports/files.ts';
import { joinPath, looksLikePath, type Platform, resolvePath, splitPathList } from './path-list.ts';

/** Fills `{port}` and `{host}` in wherever they stand; an argv is never a shell string. */
export function fillCommand(
  template: readonly string[],
  values: { readonly port: number; readonly host: string },
): readonly string[] {
  return template.map((part) =>
    part.replace(/\{(port|host)\}/g, (_, name) => String(name === 'port' ? values.port : values.host)),
  );
}

/** The program and its leading words, for messages: `openclaw gateway run`. Stops at the first flag, whose value may be a secret. */
export function commandName(argv: readonly string[]): string {
  const flag = argv.findIndex((word, index) => index > 0 && word.startsWith('-'));
  return argv.slice(0, flag === -1 ? undefined : flag).join(' ');
}

export interface ResolveInput {
  readonly argv: readonly string[];
  /** Absolute. */
  readonly cwd: string;
  /** The PATH to search, as the child will have it. */
  readonly path: string;
  readonly platform: Platform;
  /** Windows: which endings make a program (`PATHEXT`), and where the system lives (`SystemRoot`). */
  readonly pathExt?: string;
  readonly systemRoot?: string;
}

interface FoundCommand {
  readonly ok: true;
  readonly file: string;
  readonly args: readonly string[];
  readonly verbatim: boolean;
  /** Set for a binary of another kind of processor: whether it runs here, only its start tells. */
  readonly isForeign?: true;
}

export type ResolvedCommand = FoundCommand | { readonly ok: false; readonly facts: ProblemFacts<'gateway.not-found'> };

const DEFAULT_PATHEXT = '.COM;.EXE;.BAT;.CMD';

/** Windows starts `name` as `name.exe` and the like; a name that has such an ending already is tried as it is. */
function fileNames(name: string, input: ResolveInput): readonly string[] {
  if (input.platform !== 'win32') return [name];
  const endings = (input.pathExt ?? DEFAULT_PATHEXT).split(';').filter((ending) => ending !== '');
  const has = endings.some((ending) => name.toLowerCase().endsWith(ending.toLowerCase()));
  return has ? [name] : endings.map((ending) => name + ending.toLowerCase());
}

function notFound(
  command: string,
  reason: ProblemFacts<'gateway.not-found'>['reason'],
  searched: readonly string[],
): ResolvedCommand {
  return { ok: false, facts: { command, reason, searched } };
}

/** Batch files are no programs: since CVE-2024-27980 Node refuses to start them without `cmd.exe`, rightly. */
function toSpawn(file: string, args: readonly string[], input: ResolveInput): FoundCommand {
  if (input.platform === 'win32' && /\.(?:cmd|bat)$/i.test(file)) {
    return { ok: true, ...throughCommandInterpreter(file, args, input.systemRoot ?? 'C:\\Windows') };
  }
  return { ok: true, file, args, verbatim: false };
}

/**
 * Finds the program an argv names, as `execvp` would: an absolute path as it is, a path with a separator relative to
 * `cwd`, a bare name in the folders of `path`. Failing, it says which folders were searched and what was wrong.
 */
export async function resolveCommand(input: ResolveInput, programs: Programs): Promise<ResolvedCommand> {
  const [name = '', ...args] = input.argv;
  const cwdKind = await programs.kindOf(input.cwd);
  if (cwdKind === 'closed-folder') return notFound(input.cwd, 'closed-folder', []);
  if (cwdKind !== 'folder') return notFound(input.cwd, 'no-folder', []);
  const folders = looksLikePath(name, input.platform) ? [input.cwd] : splitPathList(input.path, input.platform);
  let unusable: ResolvedCommand | undefined;
  for (const folder of name === '' ? [] : folders) {
    for (const spelling of fileNames(name, input)) {
      const file = looksLikePath(name, input.platform)
        ? resolvePath(input.cwd, spelling, input.platform)
        : joinPath(folder, spelling, input.platform);
      const kind: PathKind = await programs.kindOf(file);
      if (kind === 'program') {
        const fault = await findMissingInterpreter(file, input, programs);
        if (fault !== undefined) return fault;
        const found = toSpawn(file, args, input);
        return (await programs.isForeign(file)) ? { ...found, isForeign: true } : found;
      }
      if (kind === 'file') unusable ??= notFound(file, 'not-executable', folders);
      // Of a bare name that a folder has too, the search is worth telling, not the folder.
      else if (kind !== 'missing' && looksLikePath(name, input.platform)) unusable ??= notFound(file, 'is-folder', []);
    }
  }
  return unusable ?? notFound(name, 'missing', folders);
}

/** A script whose interpreter is not there: the system would only say that a file is missing, and not which. */
async function findMissingInterpreter(
  file: string,
  { platform }: ResolveInput,
  programs: Programs,
): Promise<ResolvedCommand | undefined> {
  if (platform === 'win32') return undefined;
  const interpreter = await programs.interpreterOf(file);
  if (interpreter === undefined || (await programs.kindOf(interpreter)) === 'program') return undefined;
  return { ok: false, facts: { command: file, reason: 'no-interpreter', searched: [], interpreter } };
}

/**
 * Starting a `.cmd` or `.bat` file on Windows. `cmd.exe` reads its command line twice: once as a line (`& | < > ^ %`
 * mean something), and a batch file hands `%*` on to a program that splits it by the C runtime's rules. So every
 * argument is first quoted for the program and then every character `cmd.exe` would act on is escaped, once for each
 * reading. Rules: Microsoft, "Parsing C command-line arguments"; `cmd /?`; and the write-up of CVE-2024-27980.
 * Written after the documentation; not yet run on Windows by us.
 */
const special = /[()\][%!^"`<>&|;, *?]/g;

/** By the C runtime's rules: backslashes double before a quote and at the end, quotes are escaped, the whole is quoted. */
function quoteForProgram(arg: string): string {
  return `"${arg.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\*)$/, '$1$1')}"`;
}

function escapeForInterpreter(text: string): string {
  return text.replace(special, '^$&');
}

/** @throws Error for an argument that no quoting can carry: a line break or a NUL ends the line for `cmd.exe`. */
export function throughCommandInterpreter(
  file: string,
  args: readonly string[],
  systemRoot: string,
): { readonly file: string; readonly args: readonly string[]; readonly verbatim: true } {
  for (const arg of [file, ...args]) {
    if (/[\r\n\0]/.test(arg)) throw new Error('an argument with a line break cannot be given to a .cmd or .bat file');
  }
  const line = [
    escapeForInterpreter(`"${file}"`),
    ...args.map((arg) => escapeForInterpreter(escapeForInterpreter(quoteForProgram(arg)))),
  ].join(' ');
  // /d: no AutoRun from the registry. /s with the outer quotes: the line between them is taken as it is.
  return { file: `${systemRoot}\\System32\\cmd.exe`, args: ['/d', '/s', '/c', `"${line}"`], verbatim: true };
}
