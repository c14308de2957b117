import fc from 'fast-check';
import type { ExitFacts, PlainFacts, SpecificFacts } from '../../src/problem-facts.ts';

/** Cannot come from anywhere but the facts, so that it can be looked for in the words. */
const word = fc.stringMatching(/^[a-z]{3,10}#[0-9]{1,6}$/);
const words = fc.array(word, { maxLength: 4 });
const someWords = fc.array(word, { minLength: 1, maxLength: 3 });
const ms = fc.integer({ min: 0, max: 3_600_000 });
const count = fc.integer({ min: 1, max: 99 });

const address = fc.record({
  address: fc.constantFrom('127.0.0.1', '::1', '0.0.0.0', '::', '192.168.1.2'),
  port: fc.integer({ min: 1, max: 65_535 }),
});
const output = fc.record({ text: word, waits: fc.constant(true as const) }, { requiredKeys: ['text'] });
const finding = fc.oneof(
  fc.constant({ kind: 'not-listening' } as const),
  fc.record({
    kind: fc.constant('unanswered' as const),
    url: fc.constant('ws://127.0.0.1:18789/ws'),
    step: fc.constantFrom('upgrade' as const, 'handshake' as const),
  }),
);

const exit: fc.Arbitrary<ExitFacts> = fc.record(
  {
    command: word,
    code: fc.option(fc.integer({ min: 0, max: 255 })),
    signal: fc.option(fc.constantFrom('SIGKILL', 'SIGSEGV')),
    cause: fc.constantFrom('clean', 'configuration', 'port-in-use', 'runtime', 'out-of-memory', 'killed', 'crash'),
    lastLines: words,
    repaired: word,
  },
  { requiredKeys: ['command', 'code', 'signal', 'cause', 'lastLines'] },
);

export const anyPlainFacts: fc.Arbitrary<PlainFacts> = fc.record({ detail: word });

/** Every combination of what may be known; what is not required may be missing. */
export const anySpecificFacts: { readonly [C in keyof SpecificFacts]: fc.Arbitrary<SpecificFacts[C]> } = {
  'gateway.not-found': fc.record({
    command: word,
    reason: fc.constantFrom(
      'missing',
      'not-executable',
      'is-folder',
      'no-interpreter',
      'not-a-program',
      'no-folder',
      'closed-folder',
    ),
    searched: words,
    interpreter: fc.constantFrom('/no/such/node', '/bin/sh\r'),
  }),
  'gateway.exited': exit,
  'gateway.orphaned': fc.record(
    {
      pid: fc.integer({ min: 1, max: 4_000_000 }),
      port: fc.integer({ min: 1, max: 65_535 }),
      hostPid: fc.integer({ min: 1, max: 4_000_000 }),
    },
    { requiredKeys: ['pid', 'port'] },
  ),
  'gateway.not-running': fc.record({ detail: word, isOnItsWay: fc.boolean() }, { requiredKeys: ['detail'] }),
  'gateway.unresponsive': fc.record(
    { detail: word, stoppedPid: fc.integer({ min: 1, max: 4_000_000 }) },
    { requiredKeys: ['detail'] },
  ),
  'state.read-only': fc.record({ detail: word, folder: word }, { requiredKeys: ['detail'] }),
  'disk.full': fc.record({ detail: word, folder: word }, { requiredKeys: ['detail'] }),
  'gateway.wrong-address': fc.record(
    { asked: address, listens: fc.array(address, { minLength: 1, maxLength: 3 }), said: output },
    { requiredKeys: ['asked', 'listens'] },
  ),
  'gateway.not-a-gateway': fc.record(
    {
      url: fc.constantFrom('ws://127.0.0.1:18789/ws', 'ws://[::1]:1/', 'wss://gateway.example'),
      answer: fc.record(
        {
          status: fc.constantFrom(200, 301, 404, 502),
          contentType: fc.constantFrom('text/html', 'application/json; charset=utf-8'),
          location: fc.constantFrom('/login', 'https://example.com/', 'http://127.0.0.1:18789/gateway'),
        },
        { requiredKeys: ['status'] },
      ),
      said: output,
    },
    { requiredKeys: ['url', 'answer'] },
  ),
  'gateway.start-timeout': fc.record(
    { waitedMs: ms, lastError: word, lastLines: words, said: output, finding },
    { requiredKeys: ['waitedMs', 'lastLines'] },
  ),
  'gateway.not-stopped': fc.record({ survivors: someWords, waitedMs: ms }),
  'gateway.managed-elsewhere': fc.record(
    { manager: word, found: word, commands: fc.record({ start: word, remove: word }) },
    { requiredKeys: ['manager', 'found'] },
  ),
  'crash.loop': fc.record({ crashes: count, windowMs: ms, last: exit }),
  'dashboard.port-unavailable': fc.record(
    {
      port: fc.integer({ min: 1, max: 65_535 }),
      state: fc.constantFrom('taken', 'forbidden', 'no-address'),
      owner: fc.record({ pid: fc.integer({ min: 1, max: 4_000_000 }), name: word }),
    },
    { requiredKeys: ['port', 'state'] },
  ),
  'metrics.port-unavailable': fc.record(
    {
      port: fc.integer({ min: 1, max: 65_535 }),
      state: fc.constantFrom('taken', 'forbidden', 'no-address'),
      owner: fc.record({ pid: fc.integer({ min: 1, max: 4_000_000 }), name: word }),
    },
    { requiredKeys: ['port', 'state'] },
  ),
  'system.limit': fc.record(
    {
      of: fc.constantFrom('descriptors', 'system-descriptors', 'processes', 'memory'),
      code: word,
      during: word,
      max: count,
    },
    { requiredKeys: ['of', 'code', 'during'] },
  ),
  'port.in-use': fc.record(
    {
      host: fc.constantFrom('127.0.0.1', '::1'),
      port: fc.integer({ min: 1, max: 65_535 }),
      owner: fc.record({ pid: fc.integer({ min: 1, max: 4_000_000 }), name: word }),
      answers: word,
    },
    { requiredKeys: ['host', 'port'] },
  ),
  'state.locked': fc.record({ detail: word, lock: word }, { requiredKeys: ['detail'] }),
  'profile.in-use': fc.record(
    { profile: word, running: word, isUpgrade: fc.boolean() },
    { requiredKeys: ['profile', 'running'] },
  ),
  'state.foreign': fc.record({ path: word, fault: word, user: word }, { requiredKeys: ['path', 'fault'] }),
  'config.invalid': fc.record(
    { source: word, fault: word, fixes: fc.array(fc.record({ label: word, command: word }), { maxLength: 2 }) },
    { requiredKeys: ['source', 'fault'] },
  ),
  'runtime.node-missing': fc.record({ needed: word, searched: words }),
  'runtime.node-too-old': fc.record(
    { found: word, path: word, needed: word, openclaw: fc.record({ version: word, path: word }) },
    { requiredKeys: ['found', 'path', 'needed'] },
  ),
  'runtime.npm-missing': fc.record({ searched: words }),
  'openclaw.version-unknown': fc.record({ version: word, reason: word }),
  'openclaw.needed': fc.record({ version: word, needed: someWords, runs: fc.boolean() }),
  'openclaw.version-missing': fc.record({ version: word, installed: words }),
  'openclaw.install-failed': fc.record({ version: word, step: word, reason: word, lastLines: words }),
  'openclaw.upgrade-failed': fc.record({ from: word, to: word, step: word, reason: word, now: word }),
  'openclaw.not-installed': fc.record({ searched: words }),
  'auth.token-mismatch': fc.record({ source: word, message: word }, { requiredKeys: ['source'] }),
  'auth.pairing-required': fc.record({ reason: word, requestId: word }, { requiredKeys: [] }),
  'auth.device-revoked': fc.record({ message: word }, { requiredKeys: [] }),
  'auth.device-locked': fc.record({
    cause: fc.constantFrom<'refused' | 'waiting' | 'unavailable'>('refused', 'waiting', 'unavailable'),
    reason: word,
  }),
  'auth.device-lost': fc.record({
    id: word,
    path: word,
    found: fc.constantFrom<'nothing' | 'another'>('nothing', 'another'),
  }),
  'auth.scope-missing': fc.record({ missing: someWords, method: word }, { requiredKeys: ['missing'] }),
  'auth.rate-limited': fc.record({ retryAfterMs: ms }, { requiredKeys: [] }),
  'auth.untrusted-peer': fc.record(
    {
      host: fc.constantFrom('127.0.0.1', '::1'),
      port: fc.integer({ min: 1, max: 65_535 }),
      user: fc.record({ id: fc.nat().map(String), name: word }, { requiredKeys: ['id'] }),
      owner: fc.record({ pid: fc.integer({ min: 1, max: 4_000_000 }), name: word }),
    },
    { requiredKeys: ['host', 'port'] },
  ),
  'tls.untrusted': fc.record({ detail: word, certificateFile: word }, { requiredKeys: ['detail'] }),
  'protocol.mismatch': fc.record({
    ours: fc.constantFrom('3 to 4', 'jsonrpc'),
    theirs: fc.constantFrom('2', '9', 'openclaw'),
  }),
  'method.not-offered': fc.record({ method: word, version: word }, { requiredKeys: ['method'] }),
  'connection.refused': fc.record(
    { url: word, reason: word, outage: fc.constantFrom('gateway', 'name', 'network') },
    { requiredKeys: ['url', 'reason'] },
  ),
  'connection.lost': fc.record({ code: fc.integer({ min: 1000, max: 4999 }), reason: word }, { requiredKeys: [] }),
  'connection.exhausted': fc.record({ attempts: count, lastError: word, probeEveryMs: ms }),
  'connection.timeout': fc.record({ url: word, step: word, waitedMs: ms }),
  'request.timeout': fc.record(
    { method: word, timeoutMs: ms, sent: fc.boolean() },
    { requiredKeys: ['method', 'timeoutMs'] },
  ),
  'request.cancelled': fc.record({ method: word }),
  'request.overloaded': fc.record({ limit: word }),
  'command.invalid': fc.record({ detail: word, help: fc.constantFrom('deskclaw help', 'deskclaw start --help') }),
  'rpc.error': fc.record(
    { method: word, code: fc.oneof(fc.integer(), word), message: word, openclaw: word },
    { requiredKeys: ['method', 'code', 'message'] },
  ),
  'channel.unknown': fc.record({ channel: word, known: words }),
  'channel.login-required': fc.record({ channel: word, qr: fc.boolean() }),
  'channel.login-failed': fc.record({ channel: word, message: word }),
  'channel.not-connected': fc.record({ channel: word, reason: word }),
  'channel.timeout': fc.record({ channel: word, awaited: word, waitedMs: ms, last: word }),
  'host.version-mismatch': fc.record(
    { host: word, ours: word, pid: fc.nat(), stopCommand: word },
    { requiredKeys: ['host', 'ours'] },
  ),
};
