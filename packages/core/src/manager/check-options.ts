import { describeProblem, dialectChoices } from '@deskclaw/protocol';
import { faultInHeaders, faultInPath, faultInProtocols } from '../connection/upgrade-options.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import { nodeClock } from '../ports/node/node-clock.ts';
import { MOST_IN_FLIGHT } from '../rpc/options.ts';
import type { GatewayManagerOptions } from './options.ts';
import { renamedOptionIn } from './original-names.ts';

interface Fault {
  readonly path: readonly string[];
  readonly message: string;
}
type Check = (value: unknown) => Fault | undefined;
type Shape = Readonly<Record<string, Check>>;

function fault(message: string): Fault {
  return { path: [], message };
}

function at(key: string, found: Fault | undefined): Fault | undefined {
  return found && { ...found, path: [key, ...found.path] };
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number' && !Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : 'Infinity';
  if (typeof value !== 'object') return typeof value;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype ? 'object' : value.constructor.name;
}

function wrongType(expected: string, value: unknown): Fault {
  return fault(`Invalid input: expected ${expected}, received ${typeName(value)}`);
}

/** Accepts anything: functions, and objects with methods, are checked by their use. */
const anything: Check = () => undefined;
const text: Check = (value) => (typeof value === 'string' ? undefined : wrongType('string', value));
const filledText: Check = (value) => text(value) ?? (value === '' ? fault('it must not be empty') : undefined);
const structured: Check = (value) =>
  typeof value === 'object' && value !== null ? undefined : wrongType('object or array', value);
const flag: Check = (value) => (typeof value === 'boolean' ? undefined : wrongType('boolean', value));

function oneOf(...choices: readonly string[]): Check {
  const names = choices.map((choice) => `"${choice}"`).join('|');
  const message =
    choices.length === 1 ? `Invalid input: expected ${names}` : `Invalid option: expected one of ${names}`;
  return (value) => (typeof value === 'string' && choices.includes(value) ? undefined : fault(message));
}

/** Accepts finite numbers with `above < value`, `min <= value` and `value <= max`. */
function number({ above, min, max }: { readonly above?: number; readonly min?: number; readonly max?: number }): Check {
  return (value) => {
    if (typeof value !== 'number' || !Number.isFinite(value)) return wrongType('number', value);
    if (above !== undefined && value <= above) return fault(`Too small: expected number to be >${String(above)}`);
    if (min !== undefined && value < min) return fault(`Too small: expected number to be >=${String(min)}`);
    if (max !== undefined && value > max) return fault(`Too big: expected number to be <=${String(max)}`);
    return undefined;
  };
}

function integer(limits: { readonly min: number; readonly max?: number }): Check {
  const inRange = number(limits);
  return (value) => {
    if (typeof value !== 'number' || !Number.isFinite(value)) return wrongType('number', value);
    if (!Number.isInteger(value)) return fault('Invalid input: expected int, received number');
    if (value > Number.MAX_SAFE_INTEGER)
      return fault(`Too big: expected int to be <=${String(Number.MAX_SAFE_INTEGER)}`);
    return inRange(value);
  };
}

const command: Check = (value) => {
  if (!Array.isArray(value)) return wrongType('array', value);
  const items: readonly unknown[] = value;
  if (items.length === 0) return fault('Too small: expected array to have >=1 items');
  const wrong = items.findIndex((item) => typeof item !== 'string');
  if (wrong >= 0) return at(String(wrong), wrongType('string', items[wrong]));
  return items[0] === '' ? fault('it must begin with a program') : undefined;
};

const environment: Check = (value) => {
  if (typeof value !== 'object' || value === null || typeName(value) !== 'object') return wrongType('record', value);
  for (const [name, content] of Object.entries(value)) {
    const found = at(name, text(content));
    if (found !== undefined) return found;
  }
  return undefined;
};

const users: Check = (value) => {
  if (!Array.isArray(value)) return wrongType('array', value);
  const items: readonly unknown[] = value;
  const wrong = items.findIndex(
    (item) => !(typeof item === 'string' && item !== '') && integer({ min: 0 })(item) !== undefined,
  );
  return wrong < 0 ? undefined : at(String(wrong), fault('Invalid input: expected the name or number of a user'));
};

const webSocketUrl: Check = (value) => {
  if (typeof value !== 'string') return wrongType('string', value);
  return URL.canParse(value) && /^wss?:$/.test(new URL(value).protocol) ? undefined : fault('Invalid URL');
};

/** Accepts objects whose present keys all pass. A misspelt key is a fault, as it would silently have no effect. */
function group(shape: Shape): Check {
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrongType('object', value);
    for (const [key, check] of Object.entries(shape)) {
      const found = key in value ? at(key, check(Reflect.get(value, key))) : undefined;
      if (found !== undefined) return found;
    }
    const unknown = Object.keys(value).filter((key) => !Object.hasOwn(shape, key));
    const [first] = unknown;
    if (first === undefined) return undefined;
    const names = unknown.map((key) => `"${key}"`).join(', ');
    return at(first, fault(`Unrecognized key${unknown.length === 1 ? '' : 's'}: ${names}`));
  };
}

/** Accepts what the check of another part accepts: `check` returns the place and the fault in one text. */
function described(check: (value: unknown) => string | undefined): Check {
  return (value) => {
    const found = check(value);
    if (found === undefined) return undefined;
    const [place = '', ...rest] = found.split(': ');
    return { path: place.split('.').slice(1), message: rest.join(': ') };
  };
}

const hook: Check = (value) => (typeof value === 'function' ? undefined : wrongType('function', value));

const inheritedNames: Check = (value) => {
  if (typeof value === 'boolean') return undefined;
  if (!Array.isArray(value)) return fault('Invalid input: expected true, false, or a list of names');
  const wrong = value.findIndex((name) => typeof name !== 'string' || !/^[^=\0*]+\*?$|^\*$/.test(name));
  return wrong < 0
    ? undefined
    : at(String(wrong), fault('Invalid input: expected the name of a variable, with * at its end at most'));
};

const tracer: Check = (value) =>
  typeof value === 'object' && value !== null && 'startSpan' in value && typeof value.startSpan === 'function'
    ? undefined
    : fault('Invalid input: expected a tracer with startSpan()');

const ready: Check = (value) => {
  if (typeof value === 'string') return oneOf('auto', 'open')(value);
  if (typeof value !== 'object' || value === null) {
    return fault('Invalid input: expected "auto", "open", or an object with a method');
  }
  return (
    group({ method: filledText, params: structured })(value) ??
    ('method' in value ? undefined : at('method', wrongType('string', undefined)))
  );
};

/** Accepts the path of an address, with or without a query. */
const path: Check = (value) => {
  if (typeof value !== 'string') return wrongType('string', value);
  const found = faultInPath(value);
  return found === undefined ? undefined : fault(found);
};

const ms = number({ min: 0 });
/** A duration for which 0 would make every attempt fail. */
const positiveMs = number({ above: 0 });
const count = integer({ min: 0 });

const shape = {
  mode: oneOf('auto', 'supervise', 'attach'),
  command,
  env: environment,
  inheritEnv: inheritedNames,
  cwd: text,
  host: text,
  port: integer({ min: 0, max: 65_535 }),
  url: webSocketUrl,
  path,
  healthPath: path,
  headers: described(faultInHeaders),
  protocols: described(faultInProtocols),
  ready,
  onConnect: hook,
  tracer,
  recordStep: hook,
  dialect: oneOf(...dialectChoices),
  auth: anything,
  trustUsers: users,
  trustUnknownPeers: flag,
  reconnect: group({
    baseDelayMs: ms,
    maxDelayMs: ms,
    maxAttempts: count,
    jitter: oneOf('equal'),
    stableAfterMs: ms,
  }),
  startup: group({ timeoutMs: ms }),
  request: group({
    timeoutMs: positiveMs,
    maxInFlight: integer({ min: 1, max: MOST_IN_FLIGHT }),
    whenDisconnected: oneOf('reject', 'wait'),
  }),
  health: group({ intervalMs: ms, unresponsiveAfterMs: ms, http: flag }),
  heartbeat: group({ intervalMs: positiveMs, timeoutMs: positiveMs, probeMs: positiveMs }),
  stop: group({ drainMs: ms, graceMs: ms }),
  crash: group({ maxCrashes: count, windowMs: ms, stableAfterMs: ms }),
  lifeline: flag,
  ownershipFile: text,
  bootTimesFile: text,
  failures: anything,
  inheritsPipes: flag,
  keepRunning: flag,
  prepare: anything,
  redact: anything,
  clock: anything,
  random: anything,
  logger: anything,
} satisfies Record<keyof GatewayManagerOptions, Check>;

const checkAll = group(shape);

/**
 * Checks the options as a caller without types may write them.
 * @throws GatewayError `config.invalid`, naming the first option that does not fit and where in it.
 */
export function checkOptions(options: GatewayManagerOptions): void {
  const needsAttach = options?.url !== undefined && options.mode !== 'attach';
  const needsFile = options?.keepRunning === true && options.ownershipFile === undefined;
  const renamed = renamedOptionIn(options);
  const found =
    (renamed && at(renamed.name, fault(`it is called ${renamed.now} now`))) ??
    checkAll(options) ??
    (needsAttach ? at('url', fault('it needs mode "attach"')) : undefined) ??
    (needsFile
      ? at('keepRunning', fault('it needs an ownershipFile, by which the gateway is found again'))
      : undefined);
  if (found === undefined) return;
  const path = found.path.join('.');
  const facts = {
    source: 'GatewayManager options',
    fault: path === '' ? found.message : `${path}: ${found.message}`,
  };
  throw new GatewayError(describeProblem('config.invalid', facts, nodeClock.wallTime()));
}
