import { type Gateway, startGateway } from '../gateway.ts';
import type { GatewayOptions } from '../options.ts';
import type { LogLine } from '../ports/log.ts';
import { StartProblem } from '../start-problem.ts';
import { GATEWAY_VERSION } from '../version.ts';
import { type RunSettings, readCommandLine, usage } from './command-line.ts';

const EXIT_USAGE = 2;

/** The program: arguments in, a listening gateway or an exit code out. */
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
    gateway = await startGateway(await optionsOf(settings));
  } catch (fault) {
    if (!(fault instanceof StartProblem)) throw fault;
    printError(fault.message);
    process.exit(fault.exitCode);
  }
  // Who started us may die and take the other end of the pipes along; that is no reason to stop serving.
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

/** stdin ends when whoever holds its other end dies, however it dies. */
function holdLifeline(onEnd: () => void): void {
  process.stdin.on('end', onEnd);
  process.stdin.on('error', onEnd);
  process.stdin.resume();
}

async function optionsOf(settings: RunSettings): Promise<GatewayOptions> {
  const { host, port, dialect, tokenFile, dataDirectory, model, tickIntervalMs, faults, verbose } = settings;
  const readSecret = async (path: string, what: string): Promise<string> =>
    (await import('./secret-file.ts')).readSecretFile(path, what, (text) => printError(`warning: ${text}`));
  return {
    host,
    port,
    dialect,
    ...(tokenFile === undefined ? {} : { token: await readSecret(tokenFile, 'token') }),
    ...(dataDirectory === undefined ? {} : { dataDirectory }),
    ...(model === undefined
      ? {}
      : {
          model: {
            url: model.url,
            name: model.name,
            ...(model.keyFile === undefined ? {} : { key: await readSecret(model.keyFile, 'model key') }),
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
