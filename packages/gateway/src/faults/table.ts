import {
  closeLater,
  everyNth,
  exitLater,
  flood,
  freezeSpan,
  milliseconds,
  none,
  oneOfTexts,
  someText,
  type ValueShape,
  wholeNumber,
} from './value-shapes.ts';

interface FaultDefinition<T> {
  readonly value: ValueShape<T>;
  readonly does: string;
}

function fault<T>(value: ValueShape<T>, does: string): FaultDefinition<T> {
  return { value, does };
}

/** Table of all faults. The flag, `--list-faults` and the types are derived from it. */
export const faultTable = {
  'slow-boot': fault(milliseconds, 'waits MS before it listens'),
  exit: fault(wholeNumber('CODE', 0, 255), 'exits with CODE at boot, before it listens'),
  'stderr-text': fault(someText('TEXT'), 'writes TEXT to stderr at boot; with exit, before it exits'),
  'exit-after': fault(exitLater, 'exits with CODE (default 1) MS after it began to listen, without a word'),
  'never-ready': fault(none, 'listens, and answers neither HTTP nor an upgrade'),
  'health-html': fault(none, 'answers every HTTP request with 200 and a page of HTML'),
  'upgrade-unanswered': fault(none, 'answers HTTP, and leaves every upgrade request hanging'),
  'ignore-sigterm': fault(none, 'goes on when it gets SIGTERM'),
  grandchild: fault(
    none,
    'starts a child that ignores SIGTERM and outlives the gateway (5 minutes at most); its pid goes to stderr',
  ),
  freeze: fault(freezeSpan, 'blocks its event loop, busy, for FOR_MS, AFTER_MS after it began to listen'),
  close: fault(
    closeLater,
    'closes each connection with CODE AFTER_MS after it opened; 1006 cuts it without a close frame',
  ),
  flap: fault(milliseconds, 'closes each connection with 1011 MS after it opened'),
  'restart-in-process': fault(
    milliseconds,
    'MS after it began to listen: announces a restart, closes all with 1012, comes back with the same pid',
  ),
  'restart-by-exit': fault(
    milliseconds,
    'MS after it began to listen: announces a restart, closes all with 1012, exits with 0 for its supervisor to start another',
  ),
  'challenge-1013': fault(
    wholeNumber('TIMES', 1),
    'OpenClaw: answers the first TIMES handshakes with UNAVAILABLE and close 1013 (gateway starting)',
  ),
  'openclaw-protocol': fault(oneOfTexts(['3', '4']), 'OpenClaw: speaks this protocol version only'),
  'channels-stuck': fault(none, 'says that a channel was opened, and leaves it connecting for ever'),
  'link-code-lives': fault(milliseconds, 'lets the code of a QR code live MS instead of a minute'),
  'device-approval': fault(
    none,
    'OpenClaw: lets in new devices, and known ones with more scopes, only once device.pair.approve was called',
  ),
  'device-scopes': fault(
    none,
    'OpenClaw: grants scopes to devices alone; a program with the token is let in without any (protocol 4)',
  ),
  'forgets-runs': fault(none, 'keeps every chat message, says that its run began, and knows of no run'),
  'drop-replies': fault(everyNth, 'never sends each Nth reply of a connection (default every one)'),
  'wrong-ids': fault(none, 'sends every reply with an id that nobody asked with'),
  'duplicate-replies': fault(none, 'sends every reply twice'),
  'slow-reply': fault(milliseconds, 'sends every reply MS late'),
  'no-pong': fault(none, 'answers requests, and no WebSocket pings'),
  'pong-only': fault(none, 'answers WebSocket pings, and no requests'),
  'garbage-frames': fault(
    none,
    'sends frames that are not JSON, not text or not of the protocol: at open and before every reply',
  ),
  'huge-frame': fault(wholeNumber('BYTES', 1), 'sends one well-formed notification of BYTES when a connection opens'),
  'event-flood': fault(
    wholeNumber('PER_SECOND', 1, 1_000_000),
    'sends every connection PER_SECOND chat deltas of the session "flood"',
  ),
  record: fault(
    someText('FILE'),
    'JSON-RPC: appends {pid, method, params} to FILE for each request that it carries out, before it does',
  ),
  'stdout-flood': fault(flood, 'writes BYTES to stdout once it listens, in lines of 100 or without any line end'),
} as const;

export type FaultName = keyof typeof faultTable;
type ValueOf<D> = D extends FaultDefinition<infer T> ? T : never;
/** The faults that are switched on, by name. */
export type FaultValues = { readonly [N in FaultName]?: ValueOf<(typeof faultTable)[N]> };

export type FaultsParsed =
  | { readonly ok: true; readonly faults: FaultValues }
  | { readonly ok: false; readonly problem: string };

/** Reads `NAME` and `NAME=VALUE` flags. */
export function parseFaults(flags: readonly string[]): FaultsParsed {
  const faults: Record<string, unknown> = {};
  for (const flag of flags) {
    const at = flag.indexOf('=');
    const name = at < 0 ? flag : flag.slice(0, at);
    const text = at < 0 ? undefined : flag.slice(at + 1);
    if (!isFaultName(name)) return { ok: false, problem: `there is no fault "${name}"; --list-faults shows them` };
    if (Object.hasOwn(faults, name)) return { ok: false, problem: `--fault ${name} is given twice` };
    const { value } = faultTable[name];
    const parsed = value.parse(text);
    if (parsed === undefined) {
      const wanted = value.form === '' ? `${name} takes no value` : `write it as ${name}=${value.form}`;
      return { ok: false, problem: `--fault ${flag} is not understood: ${wanted}` };
    }
    faults[name] = parsed;
  }
  // Each value was made by the table's own parser for its name.
  return { ok: true, faults: faults as FaultValues };
}

export function describeFaults(): string {
  const rows = Object.entries(faultTable).map(([name, { value, does }]) => {
    const usage =
      value.form === ''
        ? name
        : value.form.startsWith('[')
          ? `${name}[=${value.form.slice(1, -1)}]`
          : `${name}=${value.form}`;
    return `  ${usage.padEnd(32)} ${does}`;
  });
  return `Faults, for tests (--allow-faults --fault NAME[=VALUE], repeatable):\n${rows.join('\n')}\n`;
}

function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(faultTable, name);
}
