import type { ProblemCode } from '../src/problem.ts';
import type { ExitFacts, PlainFacts, SpecificFacts } from '../src/problem-facts.ts';

export const exit: ExitFacts = {
  command: 'openclaw gateway run',
  code: 1,
  signal: null,
  cause: 'crash',
  lastLines: ['boom', '  at main'],
};

/** Where one sentence is all that has to be known. */
export const plainFacts: PlainFacts = { detail: 'The one sentence.' };

/** True-to-life facts for every code that needs more than a sentence. */
export const specificFacts: SpecificFacts = {
  'gateway.not-found': { command: 'openclaw', reason: 'missing', searched: ['/usr/bin', '/bin'] },
  'gateway.exited': exit,
  'gateway.orphaned': { pid: 4711, port: 18_789 },
  'gateway.start-timeout': { waitedMs: 120_000, lastError: 'HTTP 503', lastLines: ['loading plugins'] },
  'gateway.wrong-address': {
    asked: { address: '127.0.0.1', port: 18_789 },
    listens: [{ address: '::1', port: 18_789 }],
    said: { text: 'listening on [::1]:18789' },
  },
  'gateway.not-a-gateway': {
    url: 'ws://127.0.0.1:18789/ws',
    answer: { status: 200, contentType: 'text/html; charset=utf-8' },
  },
  'gateway.not-stopped': { survivors: ['openclaw (pid 4711)'], waitedMs: 5000 },
  'gateway.managed-elsewhere': {
    manager: 'openclaw-gateway.service',
    found: 'its service is set up in /home/me/.config/systemd/user/openclaw-gateway.service',
    commands: {
      start: 'systemctl --user start openclaw-gateway.service',
      remove: 'systemctl --user disable --now openclaw-gateway.service',
    },
  },
  'crash.loop': { crashes: 5, windowMs: 300_000, last: exit },
  'dashboard.port-unavailable': { port: 8080, state: 'taken', owner: { pid: 4711, name: 'nginx' } },
  'metrics.port-unavailable': { port: 8080, state: 'taken', owner: { pid: 4711, name: 'nginx' } },
  'system.limit': { of: 'descriptors', code: 'EMFILE', during: 'while starting the gateway', max: 64 },
  'port.in-use': {
    host: '127.0.0.1',
    port: 18789,
    owner: { pid: 4711, name: 'nginx' },
    answers: 'HTTP 200, a page of HTML',
  },
  'state.locked': {
    detail: 'The profile "default" is owned by process 7 of another container, which may be alive.',
    lock: '/home/me/.local/state/deskclaw/default/host.lock',
  },
  'profile.in-use': { profile: 'work', running: 'its gateway runs (pid 4711)' },
  'state.read-only': { detail: '/home/me/.local/state: EROFS: read-only file system', folder: '/home/me/.local/state' },
  'disk.full': { detail: '/home/me/.local/state: ENOSPC: no space left on device', folder: '/home/me/.local/state' },
  'gateway.not-running': { detail: 'No DeskClaw host is running for profile "default".' },
  'gateway.unresponsive': { detail: 'The process is running but not responding.' },
  'state.foreign': { path: '/tmp/deskclaw-1000', fault: 'belongs to user guest (1002)', user: '1002' },
  'config.invalid': { source: '/home/me/.config/deskclaw/config.json', fault: 'port: expected a number' },
  'runtime.node-missing': { needed: '>=24.16.0', searched: ['/usr/bin'] },
  'runtime.node-too-old': { found: 'v20.20.2', path: '/usr/bin/node', needed: '>=24.16.0' },
  'runtime.npm-missing': { searched: ['/usr/bin'] },
  'openclaw.version-unknown': { version: '9.9.9', reason: 'the registry has none.' },
  'openclaw.needed': { version: '2026.5.28', needed: ['the next start', 'a rollback'], runs: false },
  'openclaw.version-missing': { version: '2026.5.28', installed: ['2026.9.6'] },
  'openclaw.install-failed': {
    version: '2026.9.6',
    step: 'downloading OpenClaw',
    reason: 'npm ended with 1.',
    lastLines: ['npm error code ENOTFOUND'],
  },
  'openclaw.upgrade-failed': {
    from: '2026.5.28',
    to: '2026.9.6',
    step: 'trying it on a copy of the state',
    reason: 'It ended.',
    now: '2026.5.28 keeps running unchanged.',
  },
  'openclaw.not-installed': { searched: ['/usr/bin', '/usr/local/bin'] },
  'auth.token-mismatch': { source: 'DESKCLAW_TOKEN_FILE', message: 'gateway token mismatch' },
  'auth.pairing-required': { reason: 'scope-upgrade', requestId: 'req-1' },
  'auth.device-revoked': { message: 'unauthorized: device token mismatch' },
  'auth.device-locked': { cause: 'refused', reason: 'unlock prompt was dismissed' },
  'auth.device-lost': { id: 'ab12', path: '/state/device.json', found: 'nothing' },
  'auth.scope-missing': { missing: ['operator.admin'], method: 'config.set' },
  'auth.rate-limited': { retryAfterMs: 5000 },
  'auth.untrusted-peer': {
    host: '127.0.0.1',
    port: 18789,
    user: { id: '1002', name: 'guest' },
    owner: { pid: 4711, name: 'node server.js' },
  },
  'tls.untrusted': { detail: 'wss://h/: self-signed certificate.' },
  'protocol.mismatch': { ours: '3 to 4', theirs: '5' },
  'method.not-offered': { method: 'skills.bundles', version: '2026.9.6' },
  'connection.refused': { url: 'ws://127.0.0.1:18789/ws', reason: 'connection refused' },
  'connection.lost': { code: 1012, reason: 'service restart' },
  'connection.exhausted': { attempts: 10, lastError: 'connection refused', probeEveryMs: 60_000 },
  'connection.timeout': { url: 'ws://127.0.0.1:18789/ws', step: 'handshake', waitedMs: 5000 },
  'request.timeout': { method: 'chat.send', timeoutMs: 30_000 },
  'request.cancelled': { method: 'chat.send' },
  'request.overloaded': { limit: '1024 requests in flight' },
  'command.invalid': { detail: 'unknown option --prot', help: 'deskclaw start --help' },
  'rpc.error': { method: 'channels.get', code: -32004, message: 'no such channel' },
  'channel.unknown': { channel: 'whatsap', known: ['telegram', 'whatsapp'] },
  'channel.login-required': { channel: 'whatsapp', qr: true },
  'channel.login-failed': { channel: 'whatsapp', message: 'The login QR expired.' },
  'channel.not-connected': { channel: 'telegram', reason: '401: Unauthorized' },
  'channel.timeout': { channel: 'telegram', awaited: 'connected', waitedMs: 30_000, last: 'connecting' },
  'host.version-mismatch': { host: '0.1.0', ours: '0.2.0' },
};

export function needsSpecificFacts(code: ProblemCode): code is keyof SpecificFacts {
  return code in specificFacts;
}
