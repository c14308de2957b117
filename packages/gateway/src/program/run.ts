import { readFileSync, statSync } from 'node:fs';
import { StartProblem } from '../errors.ts';
import { type Gateway, startGateway } from '../gateway.ts';
import { GATEWAY_VERSION, type GatewayOptions } from '../options.ts';
import type { LogLine } from '../ports/log.ts';
import { type RunSettings, readCommandLine, usage } from './command-line.ts';

const EXIT_USAGE = 2;
const MAX_SECRET_BYTES = 4096;

/** Runs the program: reads the arguments, then listens or exits with a code. */
export async function main(argv: readonly string[]): Promise<void> {
  const command = readCommandLine(argv);
  switch (command.kind) {
    case 'help':
      process.stdout.write(usage);
      return;
    case 'version':
      process.stdout.write(`${GATEWAY_VERSION}\n`);
      return;
    case 'list-faults':
      process.stdout.write((await import('../faults/table.ts')).describeFaults());
      return;
    case 'rejected':
      printError(`${command.problem}. Try --help.`);
      process.exitCode = EXIT_USAGE;
      return;
    case 'run':
      return run(command.settings);
    default:
      return command satisfies never;
  }
}

async function run(settings: RunSettings): Promise<void> {
  const { faults } = settings;
  const processFaults = faults === undefined ? undefined : await import('./process-faults.ts');
  // Installed before anything can take time: a signal in the middle of the boot must not find the default action.
  let stop: () => void = () => process.exit(0);
  const ignored = faults?.['ignore-sigterm'] !== undefined;
  process.on('SIGTERM', () => (ignored ? undefined : stop()));
  process.on('SIGINT', () => stop());

  if (processFaults !== undefined && faults !== undefined) await processFaults.applyBootFaults(faults);
  let gateway: Gateway;
  try {
    gateway = await startGateway(optionsOf(settings));
  } catch (fault) {
    if (!(fault instanceof StartProblem)) throw fault;
    printError(fault.message);
    process.exit(fault.exitCode);
  }
  // The starting process may die and close its end of the pipes; the gateway keeps serving.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  let stopping = false;
  stop = () => {
    // A second signal means: now.
    if (stopping) process.exit(0);
    stopping = true;
    void gateway.close().finally(() => process.exit(0));
  };
  const { host, port } = gateway;
  process.stdout.write(
    `deskclaw-gateway ${GATEWAY_VERSION} listening on http://${host.includes(':') ? `[${host}]` : host}:${port} (${settings.dialect}, pid ${process.pid})\n`,
  );
  if (settings.lifeline) holdLifeline(() => stop());
  if (processFaults !== undefined && faults !== undefined) processFaults.applyListeningFaults(faults, gateway);
}

/** stdin ends when the process that holds its other end dies, in whatever way. */
function holdLifeline(onEnd: () => void): void {
  process.stdin.on('end', onEnd);
  process.stdin.on('error', onEnd);
  process.stdin.resume();
}

function optionsOf(settings: RunSettings): GatewayOptions {
  const { host, port, dialect, tokenFile, dataDirectory, model, tickIntervalMs, faults, verbose } = settings;
  const readSecret = (path: string, what: string): string =>
    readSecretFile(path, what, (text) => printError(`warning: ${text}`));
  return {
    host,
    port,
    dialect,
    ...(tokenFile === undefined ? {} : { token: readSecret(tokenFile, 'token') }),
    ...(dataDirectory === undefined ? {} : { dataDirectory }),
    ...(model === undefined
      ? {}
      : {
          model: {
            url: model.url,
            name: model.name,
            ...(model.keyFile === undefined ? {} : { key: readSecret(model.keyFile, 'model key') }),
          },
        }),
    ...(tickIntervalMs === undefined ? {} : { tickIntervalMs }),
    ...(faults === undefined ? {} : { faults }),
    onLog: (line) => {
      if (verbose || line.level !== 'info') process.stderr.write(formatLine(line));
    },
  };
}

function formatLine(line: LogLine): string {
  return `${new Date(line.at).toISOString()} ${line.level} ${line.text}\n`;
}

function printError(text: string): void {
  process.stderr.write(`deskclaw-gateway: ${text}\n`);
}

/** Reads a file that contains one secret. `what` names the file in messages, which never contain the secret. */
function readSecretFile(path: string, what: string, warn: (text: string) => void): string {
  let content: string;
  try {
    const { size, mode } = statSync(path);
    if (size > MAX_SECRET_BYTES)
      throw new StartProblem(`the ${what} file ${path} has ${size} bytes; it should hold one line`, 78);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      warn(`the ${what} file ${path} can be read by others; chmod 600 it`);
    }
    content = readFileSync(path, 'utf8');
  } catch (fault) {
    if (fault instanceof StartProblem) throw fault;
    throw new StartProblem(
      `cannot read the ${what} file ${path}: ${fault instanceof Error ? fault.message : String(fault)}`,
      78,
    );
  }
  const secret = content.trim();
  if (secret === '') throw new StartProblem(`the ${what} file ${path} is empty; it should hold one line`, 78);
  if (/[^\x21-\x7e]/.test(secret)) {
    throw new StartProblem(`the ${what} file ${path} holds more than one line of plain characters`, 78);
  }
  return secret;
}
