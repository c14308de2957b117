import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/errors/gateway-error.ts';
import { checkOptions } from '../../src/manager/check-options.ts';

/** The fault that options, as a caller without types may write them, are refused with. */
function faultOf(options: unknown): string | undefined {
  try {
    Reflect.apply(checkOptions, undefined, [options]);
    return undefined;
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    expect(error.code).toBe('config.invalid');
    return error.problem.detail.replace(/^GatewayManager options: /, '');
  }
}

describe('checkOptions', () => {
  it.each([
    [{ mode: 'x' }, 'mode: Invalid option: expected one of "auto"|"supervise"|"attach"'],
    [{ command: [] }, 'command: Too small: expected array to have >=1 items'],
    [{ command: 'gateway' }, 'command: Invalid input: expected array, received string'],
    [{ command: [5] }, 'command.0: Invalid input: expected string, received number'],
    [{ reconnect: { baseDelayMs: '1' } }, 'reconnect.baseDelayMs: Invalid input: expected number, received string'],
    [{ stop: { graceMs: Number.NaN } }, 'stop.graceMs: Invalid input: expected number, received NaN'],
    [{ command: ['gateway', 1] }, 'command.1: Invalid input: expected string, received number'],
    [{ command: [''] }, 'command: it must begin with a program'],
    [{ env: { A: undefined } }, 'env.A: Invalid input: expected string, received undefined'],
    [{ env: new Map() }, 'env: Invalid input: expected record, received Map'],
    [{ inheritEnv: 'PATH' }, 'inheritEnv: Invalid input: expected true, false, or a list of names'],
    [
      { inheritEnv: ['A', ''] },
      'inheritEnv.1: Invalid input: expected the name of a variable, with * at its end at most',
    ],
    [
      { inheritEnv: ['A*B'] },
      'inheritEnv.0: Invalid input: expected the name of a variable, with * at its end at most',
    ],
    [
      { inheritEnv: ['A=b'] },
      'inheritEnv.0: Invalid input: expected the name of a variable, with * at its end at most',
    ],
    [{ cwd: null }, 'cwd: Invalid input: expected string, received null'],
    [{ port: '1' }, 'port: Invalid input: expected number, received string'],
    [{ port: Number.NaN }, 'port: Invalid input: expected number, received NaN'],
    [{ port: 1.5 }, 'port: Invalid input: expected int, received number'],
    [{ port: -1 }, 'port: Too small: expected number to be >=0'],
    [{ port: 65_536 }, 'port: Too big: expected number to be <=65535'],
    [{ port: 2 ** 60 }, 'port: Too big: expected int to be <=9007199254740991'],
    [{ url: 'http://gateway', mode: 'attach' }, 'url: Invalid URL'],
    [{ url: 5, mode: 'attach' }, 'url: Invalid input: expected string, received number'],
    [{ url: 'ws://gateway' }, 'url: it needs mode "attach"'],
    [{ reconnect: [] }, 'reconnect: Invalid input: expected object, received array'],
    [{ reconnect: { jitter: 'full' } }, 'reconnect.jitter: Invalid input: expected "equal"'],
    [{ reconnect: { maxAttempts: -1 } }, 'reconnect.maxAttempts: Too small: expected number to be >=0'],
    [{ request: { timeoutMs: 0 } }, 'request.timeoutMs: Too small: expected number to be >0'],
    [{ request: { maxInFlight: 2 ** 21 } }, 'request.maxInFlight: Too big: expected number to be <=1048576'],
    [{ trustUsers: 'guest' }, 'trustUsers: Invalid input: expected array, received string'],
    [{ trustUsers: ['guest', -1] }, 'trustUsers.1: Invalid input: expected the name or number of a user'],
    [{ trustUsers: [''] }, 'trustUsers.0: Invalid input: expected the name or number of a user'],
    [{ trustUnknownPeers: 1 }, 'trustUnknownPeers: Invalid input: expected boolean, received number'],
    [{ path: 'ws://host/x' }, 'path: a path is needed, not a whole address; for that there is "url"'],
    [{ path: '/a b' }, 'path: it has a space or a character that a path cannot have'],
    [{ path: '/a#b' }, 'path: it has a space or a character that a path cannot have'],
    [{ healthPath: '/a\nb' }, 'healthPath: it has a space or a character that a path cannot have'],
    [{ ready: 'later' }, 'ready: Invalid option: expected one of "auto"|"open"'],
    [{ ready: 5 }, 'ready: Invalid input: expected "auto", "open", or an object with a method'],
    [{ ready: {} }, 'ready.method: Invalid input: expected string, received undefined'],
    [{ ready: { method: '' } }, 'ready.method: it must not be empty'],
    [{ ready: { method: 'm', params: 1 } }, 'ready.params: Invalid input: expected object or array, received number'],
    [{ ready: { method: 'm', timeout: 1 } }, 'ready.timeout: Unrecognized key: "timeout"'],
    [{ onConnect: {} }, 'onConnect: Invalid input: expected function, received object'],
    [{ headers: [] }, 'headers: Invalid input: expected an object with a text for each name'],
    [{ headers: { 'a b': 'x' } }, 'headers: "a b" is no name of a header'],
    [{ headers: { cookie: 5 } }, 'headers.cookie: Invalid input: expected a text'],
    [{ headers: { cookie: 'a\r\nb: c' } }, 'headers.cookie: it has characters that a header cannot carry'],
    [{ headers: { Host: 'x' } }, 'headers.Host: the WebSocket sets this header itself'],
    [{ headers: { 'Sec-WebSocket-Protocol': 'x' } }, 'headers.Sec-WebSocket-Protocol: use protocols instead'],
    [{ protocols: 'jsonrpc' }, 'protocols: Invalid input: expected an array of names'],
    [{ protocols: ['a', 'b c'] }, 'protocols.1: "b c" is no name of a subprotocol'],
    [{ protocols: ['a', 'a'] }, 'protocols.1: "a" is named twice'],
    [{ health: { http: 'no' } }, 'health.http: Invalid input: expected boolean, received string'],
    [{ lifeline: 1 }, 'lifeline: Invalid input: expected boolean, received number'],
    [{ prot: 1 }, 'prot: Unrecognized key: "prot"'],
    [{ prot: 1, pots: 2 }, 'prot: Unrecognized keys: "prot", "pots"'],
    [{ stop: { grace: 1 } }, 'stop.grace: Unrecognized key: "grace"'],
    [null, 'Invalid input: expected object, received null'],
  ])('refuses %j and names the fault', (options, fault) => {
    expect(faultOf(options)).toBe(fault);
  });

  /** Each option with a value that fits, and the fault of an object without members (or a text) in its place. */
  const everyOption = {
    mode: ['auto', '{}'],
    command: [['gateway'], '{}'],
    env: [{ A: 'b' }, 'text'],
    cwd: ['/', '{}'],
    host: ['::1', '{}'],
    port: [65_535, '{}'],
    path: ['/', '{}'],
    healthPath: ['/', '{}'],
    headers: [{ authorization: 'Bearer x' }, 'text'],
    protocols: [['jsonrpc', 'mcp'], '{}'],
    ready: ['open', 'text'],
    onConnect: [() => undefined, '{}'],
    dialect: ['openclaw', '{}'],
    lifeline: [true, '{}'],
    ownershipFile: ['a', '{}'],
    bootTimesFile: ['a', '{}'],
    inheritsPipes: [false, '{}'],
    startup: [{ timeoutMs: 0 }, 'text'],
    reconnect: [{ baseDelayMs: 0, maxDelayMs: 0, maxAttempts: 0, jitter: 'equal', stableAfterMs: 0 }, 'text'],
    request: [{ timeoutMs: 1, maxInFlight: 1, whenDisconnected: 'wait' }, 'text'],
    health: [{ intervalMs: 0, unresponsiveAfterMs: 0, http: false }, 'text'],
    heartbeat: [{ intervalMs: 1, timeoutMs: 1, probeMs: 1 }, 'text'],
    stop: [{ drainMs: 0, graceMs: 0 }, 'text'],
    crash: [{ maxCrashes: 0, windowMs: 0, stableAfterMs: 0 }, 'text'],
  } as const;

  it.each(Object.entries(everyOption))(
    'accepts the option %s with %j and refuses a wrong type by its name',
    (name, [fits, wrong]) => {
      expect(faultOf({ [name]: fits })).toBeUndefined();
      expect(faultOf({ [name]: wrong === '{}' ? {} : wrong })).toMatch(new RegExp(`^${name}: Invalid`));
      if (typeof fits !== 'object' || name === 'env' || Array.isArray(fits)) return;
      for (const [member, value] of Object.entries(fits)) {
        expect(faultOf({ [name]: { [member]: [] } })).toMatch(new RegExp(`^${name}\\.${member}: Invalid`));
        if (typeof value === 'number' && value < 2)
          expect(faultOf({ [name]: { [member]: value - 1 } })).toMatch(new RegExp(`^${name}\\.${member}: Too small`));
      }
    },
  );

  it.each(['auto', 'open', { method: 'm' }, { method: 'm', params: [1] }, { method: 'm', params: { a: 1 } }])(
    'accepts %j as what proves readiness',
    (ready) => {
      expect(faultOf({ ready })).toBeUndefined();
    },
  );

  it.each(['auth', 'prepare', 'redact', 'clock', 'random', 'logger'])(
    'leaves the option %s, which has methods, to its use',
    (name) => {
      for (const value of [null, 1, 'x', {}, () => undefined]) expect(faultOf({ [name]: value })).toBeUndefined();
    },
  );

  it.each([
    [null, 'null'],
    [undefined, 'undefined'],
    [[], 'array'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [Number.NEGATIVE_INFINITY, 'Infinity'],
    [true, 'boolean'],
    [() => undefined, 'function'],
    [{}, 'object'],
    [Object.create(null), 'object'],
    [new Date(0), 'Date'],
  ])('names the type of what it refuses (%s): %s', (value, name) => {
    expect(faultOf({ host: value })).toBe(`host: Invalid input: expected string, received ${name}`);
  });

  it('says where the fault is, once, with the code of a wrong configuration', () => {
    expect(() => checkOptions({ port: -1 })).toThrow(
      'GatewayManager options: port: Too small: expected number to be >=0',
    );
  });

  it.each([
    [{}],
    [{ url: 'wss://gateway/ws', mode: 'attach' }],
    [{ trustUsers: ['guest', 1002], trustUnknownPeers: true }],
    [{ command: ['gateway', ''], env: { A: '' }, port: 0, stop: { drainMs: 0 } }],
    [{ auth: undefined, heartbeat: { probeMs: 1 }, crash: { maxCrashes: 0 } }],
  ])('accepts the options %j', (options) => {
    expect(faultOf(options)).toBeUndefined();
  });
});
