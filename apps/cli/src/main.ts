import { exitCodes } from '@deskclaw/protocol';
import { Interrupts } from './interrupts.ts';
import { openTerminal, type Terminal } from './output/terminal.ts';
import { type CommandLine, parseCommandLine } from './program/program.ts';
import { Shell } from './shell.ts';
import { unsupportedNodeMessage } from './version.ts';

/** Returns whether a command line that could not be parsed contains a flag. */
function hasFlag(argv: readonly string[], flag: string): boolean {
  const end = argv.indexOf('--');
  return (end === -1 ? argv : argv.slice(0, end)).includes(flag);
}

function open(stream: NodeJS.WriteStream, colour: boolean): Terminal {
  return openTerminal(stream, { colour, env: process.env, platform: process.platform });
}

/** Returns the profile of a flag or variable, else the one that `profile use` chose. */
async function profileOf({ globals, needsProfile }: CommandLine): Promise<string> {
  if (globals.profile !== undefined || !needsProfile) return globals.profile ?? 'default';
  return (await import('./host/find-host.ts')).selectedProfile(process.env);
}

async function runCommand(line: CommandLine, interrupts: Interrupts): Promise<number> {
  const { globals, run } = line;
  const shell = new Shell({
    profile: await profileOf(line),
    profileNamed: globals.profile !== undefined && globals.profile !== process.env['DESKCLAW_PROFILE'],
    json: globals.json === true,
    verbosity: globals.quiet === true ? 'quiet' : globals.verbose === true ? 'verbose' : 'normal',
    env: process.env,
    out: open(process.stdout, globals.color),
    err: open(process.stderr, globals.color),
    interrupts,
    now: Date.now,
  });
  try {
    return await run(shell);
  } catch (error) {
    const { reportFailure } = await import('./report-failure.ts');
    return reportFailure(error, { err: shell.err, json: shell.json, profile: shell.namedProfile, now: Date.now() });
  }
}

async function runLine(argv: readonly string[], interrupts: Interrupts): Promise<number> {
  try {
    const line = parseCommandLine(argv, (text) => process.stdout.write(text));
    return line === undefined ? exitCodes.ok : await runCommand(line, interrupts);
  } catch (error) {
    const { reportFailure } = await import('./report-failure.ts');
    const err = open(process.stderr, !hasFlag(argv, '--no-color'));
    return reportFailure(error, { err, json: hasFlag(argv, '--json'), now: Date.now() });
  }
}

/** Exits with 0 when the reader closes the pipe (`| head`). */
function endQuietlyOnClosedPipe(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? exitCodes.ok : exitCodes.failure);
  });
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => resolve());
  });
}

async function main(): Promise<void> {
  endQuietlyOnClosedPipe(process.stdout);
  endQuietlyOnClosedPipe(process.stderr);
  const unsupported = unsupportedNodeMessage(process.versions.node, process.execPath);
  if (unsupported !== undefined) {
    process.stderr.write(`${unsupported}\n`, () => process.exit(exitCodes.configuration));
    return;
  }
  const interrupts = new Interrupts((code) => process.exit(code));
  interrupts.watch(process);
  const code = await runLine(process.argv.slice(2), interrupts);
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  // Setting `exitCode` is not enough: a closing socket would delay the exit.
  process.exit(code);
}

void main();
