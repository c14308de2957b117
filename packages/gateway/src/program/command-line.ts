import { parseArgs } from 'node:util';
import { type FaultValues, parseFaults } from '../faults/table.ts';
import { DEFAULT_HOST, type Dialect, dialects } from '../options.ts';

export interface RunSettings {
  readonly host: string;
  readonly port: number;
  readonly dialect: Dialect;
  readonly tokenFile: string | undefined;
  readonly dataDirectory: string | undefined;
  readonly model: { readonly url: string; readonly name: string; readonly keyFile: string | undefined } | undefined;
  readonly tickIntervalMs: number | undefined;
  readonly lifeline: boolean;
  readonly verbose: boolean;
  readonly faults: FaultValues | undefined;
}

export type CommandLine =
  | { readonly kind: 'run'; readonly settings: RunSettings }
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'list-faults' }
  | { readonly kind: 'rejected'; readonly problem: string };

export const usage = `Usage: deskclaw-gateway --port N [options]

  --port N             listen on this port; 0 picks a free one and prints it
  --host H             listen on this address (default ${DEFAULT_HOST}); any but loopback needs --token-file
  --dialect D          jsonrpc (default), openclaw, or both
  --token-file F       ask every connection for the token in this file
  --data DIR           keep state in this directory (default: in memory)
  --model-url URL      answer chats from this OpenAI-compatible server, for example http://127.0.0.1:11434/v1
  --model NAME         the model to ask for there
  --model-key-file F   the key for it
  --tick-ms N          OpenClaw dialect: time between ticks (default 30000)
  --lifeline           exit when stdin ends
  --verbose            log to stderr, not only warnings
  --allow-faults       let --fault work; for tests
  --fault NAME[=VALUE] misbehave in this way (repeatable); see --list-faults
  --list-faults        print every fault
  --version            print the version
  --help               print this
`;

const flags = {
  port: { type: 'string' },
  host: { type: 'string', default: DEFAULT_HOST },
  dialect: { type: 'string', default: 'jsonrpc' },
  'token-file': { type: 'string' },
  data: { type: 'string' },
  'model-url': { type: 'string' },
  model: { type: 'string' },
  'model-key-file': { type: 'string' },
  'tick-ms': { type: 'string' },
  lifeline: { type: 'boolean', default: false },
  verbose: { type: 'boolean', default: false },
  'allow-faults': { type: 'boolean', default: false },
  fault: { type: 'string', multiple: true, default: [] as string[] },
  'list-faults': { type: 'boolean', default: false },
  version: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** Reads the arguments; nothing is looked up, opened or created here. */
export function readCommandLine(argv: readonly string[]): CommandLine {
  let values: ReturnType<typeof parse>;
  try {
    values = parse(argv);
  } catch (fault) {
    return rejected(fault instanceof Error ? fault.message : String(fault));
  }
  if (values.help) return { kind: 'help' };
  if (values.version) return { kind: 'version' };
  if (values['list-faults']) return { kind: 'list-faults' };

  const port = wholeNumber(values.port, 0, 65535);
  if (values.port === undefined) return rejected('--port is missing');
  if (port === undefined) return rejected(`--port must be a whole number from 0 to 65535, not "${values.port}"`);
  const dialect = dialects.find((name) => name === values.dialect);
  if (dialect === undefined)
    return rejected(`--dialect must be one of ${dialects.join(', ')}, not "${values.dialect}"`);
  if (values.host === '') return rejected('--host must not be empty');
  const tickIntervalMs = wholeNumber(values['tick-ms'], 1, 3_600_000);
  if (values['tick-ms'] !== undefined && tickIntervalMs === undefined) {
    return rejected(`--tick-ms must be a whole number from 1 to 3600000, not "${values['tick-ms']}"`);
  }
  const model = modelOf(values['model-url'], values.model, values['model-key-file']);
  if (typeof model === 'string') return rejected(model);
  if (values.fault.length > 0 && !values['allow-faults']) {
    return rejected('--fault is for tests and works only together with --allow-faults');
  }
  const parsed = parseFaults(values.fault);
  if (!parsed.ok) return rejected(parsed.problem);
  return {
    kind: 'run',
    settings: {
      host: values.host,
      port,
      dialect,
      tokenFile: values['token-file'],
      dataDirectory: values.data,
      model,
      tickIntervalMs,
      lifeline: values.lifeline,
      verbose: values.verbose,
      faults: values.fault.length > 0 ? parsed.faults : undefined,
    },
  };
}

function parse(argv: readonly string[]) {
  return parseArgs({ args: [...argv], options: flags, strict: true, allowPositionals: false }).values;
}

function rejected(problem: string): CommandLine {
  return { kind: 'rejected', problem };
}

function modelOf(
  url: string | undefined,
  name: string | undefined,
  keyFile: string | undefined,
): RunSettings['model'] | string {
  if (url === undefined && name === undefined && keyFile === undefined) return undefined;
  if (url === undefined) return `${name === undefined ? '--model-key-file' : '--model'} needs --model-url`;
  if (name === undefined) return '--model-url needs --model';
  const parsed = URL.parse(url);
  if (parsed === null || (parsed.protocol !== 'http:' && parsed.protocol !== 'https:')) {
    return `--model-url must be an http or https address, not "${url}"`;
  }
  if (name === '') return '--model must not be empty';
  return { url, name, keyFile };
}

function wholeNumber(text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined || !/^\d{1,10}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= min && value <= max ? value : undefined;
}
