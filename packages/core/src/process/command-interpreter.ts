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
