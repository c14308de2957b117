import type { ExitCause } from '@deskclaw/protocol';

/** How a process ended, and what is known around it. */
export interface ExitInfo {
  readonly code: number | null;
  readonly signal: string | null;
  /** `request`: a user stopped the process. `policy`: the supervisor ended an unhealthy process. `itself`: neither. */
  readonly endedBy: 'request' | 'policy' | 'itself';
  readonly wasReady: boolean;
  /** Output of the process: the last lines and the first failure. */
  readonly lines: readonly string[];
  /** The system killed something for want of memory while it lived. */
  readonly memoryRanOut: boolean;
}

/** A program's own rule where ours is not enough; `undefined`: ours holds. */
export type ExitJudge = (exit: ExitInfo) => ExitCause | undefined;

/** sysexits.h EX_CONFIG; OpenClaw's answer to every configuration it refuses. */
const EX_CONFIG = 78;
/** A shell's words for "found but not executable" and "not found". */
const SHELL_CANNOT_RUN = new Set([126, 127]);
/** Node: 9 is an option it does not know, which another version would. */
const NODE_BAD_OPTION = 9;
/** Windows: STATUS_CONTROL_C_EXIT; what ends a process by hand there. */
const CONTROL_C_EXIT = 0xc000013a;

/** Signals that come from outside; the others (SIGSEGV, SIGABRT, SIGBUS ...) are a process tripping over itself. */
const externalSignals = new Set(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT']);
/** The number a shell or a wrapper turns a signal into: 128 + its number. */
const signalByCode: ReadonlyMap<number, string> = new Map([
  [129, 'SIGHUP'],
  [130, 'SIGINT'],
  [131, 'SIGQUIT'],
  [134, 'SIGABRT'],
  [137, 'SIGKILL'],
  [139, 'SIGSEGV'],
  [143, 'SIGTERM'],
]);

const heap =
  /JavaScript heap out of memory|Allocation failed - |std::bad_alloc|Cannot allocate memory|\bENOMEM\b|MemoryError/;

/** Wordings, for programs that end with 1 or 0 whatever happened. First match wins. */
const patterns: readonly (readonly [ExitCause, RegExp])[] = [
  [
    'runtime',
    /NODE_MODULE_VERSION|ERR_DLOPEN_FAILED|ERR_UNKNOWN_BUILTIN_MODULE|Unsupported engine|requires Node(?:\.js)?\b|Node(?:\.js)? (?:version )?v?\d[\d.]* (?:or (?:newer|later|higher) )?is required|bad option: -|GLIBC(?:XX)?_[\d.]+' not found|env: .?node.?: No such file/i,
  ],
  [
    'port-in-use',
    /\bEADDRINUSE\b|address already in use|port \d+ is (?:already )?(?:in use|taken|occupied)|gateway already running|another gateway instance/i,
  ],
  [
    'configuration',
    /\b(?:invalid|bad|missing|broken|malformed) config(?:uration)?\b|config(?:uration)? (?:is )?(?:invalid|missing|not valid)|config validation failed|EX_CONFIG/i,
  ],
];

function matchPattern(lines: readonly string[]): ExitCause | undefined {
  return patterns.find(([, pattern]) => lines.some((line) => pattern.test(line)))?.[0];
}

/**
 * Why a process ended. Its code and signal are asked first; words only where the code says nothing (0 or 1 before it
 * was ready). Ending with 0 before being ready is no success: some gateways do it when their port is taken.
 */
export function classifyExit(exit: ExitInfo): ExitCause {
  if (exit.endedBy === 'request') return 'requested';
  if (exit.endedBy === 'policy') return 'killed';
  if (exit.code === EX_CONFIG) return 'configuration';
  const signal = exit.signal ?? (exit.code === null ? undefined : signalByCode.get(exit.code));
  // An abort that names the heap is V8's way to die of memory; a SIGKILL leaves no words, only the system's counter.
  if (exit.code !== 0 && exit.lines.some((line) => heap.test(line))) return 'out-of-memory';
  if (signal === 'SIGKILL') return exit.memoryRanOut ? 'out-of-memory' : 'killed';
  if (signal !== undefined) return externalSignals.has(signal) ? 'killed' : 'crash';
  if (exit.code === CONTROL_C_EXIT) return 'killed';
  if (exit.wasReady) return exit.code === 0 ? 'clean' : 'crash';
  if (exit.code === NODE_BAD_OPTION && exit.lines.some((line) => /bad option/.test(line))) return 'runtime';
  const worded = matchPattern(exit.lines);
  if (worded !== undefined) return worded;
  if (exit.code === 0 || (exit.code !== null && SHELL_CANNOT_RUN.has(exit.code))) return 'not-started';
  return 'crash';
}

/** Causes that another try with nothing changed cannot help. */
export function isPermanent(cause: ExitCause): boolean {
  switch (cause) {
    case 'configuration':
    case 'runtime':
    case 'managed-elsewhere':
    case 'newer-state':
      return true;
    case 'requested':
    case 'clean':
    case 'port-in-use':
    case 'out-of-memory':
    case 'killed':
    case 'not-started':
    case 'state-locked':
    case 'crash':
      return false;
    default:
      return cause satisfies never;
  }
}
