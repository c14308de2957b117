import {
  describeProblem,
  type GatewayPhase,
  type GatewayState,
  type GatewayStatus,
  type HostInfo,
  type JournalRecord,
  type LogRecord,
} from '@deskclaw/protocol';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

export function hostInfo(now: number): HostInfo {
  return {
    pid: 3_912,
    version: '0.1.0',
    controlProtocol: 1,
    startedAt: now - 5 * HOUR,
    profile: 'default',
    kind: 'background',
  };
}

function base(now: number, state: GatewayState, phase: GatewayPhase): GatewayStatus {
  return {
    state,
    phase,
    since: now - 4 * SECOND,
    ownership: 'owned',
    health: 'unknown',
    generation: 3,
    host: '127.0.0.1',
    port: 18_789,
    url: 'ws://127.0.0.1:18789/',
    reconnectAttempts: 0,
    restarts: 1,
    lastExit: { code: null, signal: 'SIGKILL', at: now - 3 * HOUR - 13 * MINUTE, cause: 'killed' },
  };
}

/** Statuses as a host tells them, one for each state and for what a person meets within it. */
export const scenes = {
  running: (now: number): GatewayStatus => ({
    ...base(now, 'running', 'ready'),
    since: now - 3 * HOUR - 12 * MINUTE,
    health: 'ok',
    pid: 4_121,
    program: 'OpenClaw 2026.9.6',
    version: '2026.9.6',
    dialect: 'openclaw',
    protocol: 4,
    connectedAt: now - 3 * HOUR - 12 * MINUTE,
    latencyMs: { last: 3, p50: 3, p95: 9 },
  }),
  busy: (now: number): GatewayStatus => ({
    ...scenes.running(now),
    health: 'busy',
    latencyMs: { last: 1_840, p50: 4, p95: 1_200 },
  }),
  unresponsive: (now: number): GatewayStatus => ({
    ...scenes.running(now),
    health: 'unresponsive',
    healthSince: now - 14 * SECOND,
    watchdogAt: now + 168 * SECOND,
    problem: describeProblem(
      'gateway.unresponsive',
      {
        detail: 'The process is running but not responding. DeskClaw restarts it after 180 s without any sign of life.',
      },
      now - 14 * SECOND,
    ),
  }),
  attached: (now: number): GatewayStatus => {
    const { pid: _unknown, ...status } = scenes.running(now);
    return { ...status, ownership: 'attached', restarts: 0 };
  },
  starting: (now: number): GatewayStatus => ({ ...base(now, 'starting', 'waiting-ready'), pid: 4_188 }),
  reconnecting: (now: number): GatewayStatus => ({
    ...base(now, 'reconnecting', 'waiting-retry'),
    since: now - 9 * SECOND,
    health: 'down',
    pid: 4_121,
    reconnectAttempts: 4,
    nextRetryAt: now + 7 * SECOND,
    problem: describeProblem('connection.lost', { code: 1006 }, now - 9 * SECOND),
  }),
  stopping: (now: number): GatewayStatus => ({ ...base(now, 'stopping', 'terminating'), pid: 4_121 }),
  draining: (now: number): GatewayStatus => ({ ...base(now, 'stopping', 'drain'), pid: 4_121 }),
  stopped: (now: number): GatewayStatus => ({
    ...base(now, 'stopped', 'idle'),
    since: now - 26 * MINUTE,
    ownership: 'none',
    health: 'down',
    program: 'built-in gateway 0.2.0',
    lastExit: { code: 0, signal: null, at: now - 26 * MINUTE, cause: 'requested' },
  }),
  error: (now: number): GatewayStatus => ({
    ...base(now, 'error', 'failed'),
    since: now - 2 * MINUTE,
    ownership: 'none',
    health: 'down',
    restarts: 5,
    lastExit: { code: 1, signal: null, at: now - 2 * MINUTE, cause: 'crash' },
    problem: describeProblem(
      'crash.loop',
      {
        crashes: 5,
        windowMs: 300_000,
        last: {
          command: 'openclaw gateway --port 18789',
          code: 1,
          signal: null,
          cause: 'crash',
          lastLines: [
            '[gateway] loading plugins (14)',
            'TypeError: Cannot read properties of undefined (reading "accounts")',
            '    at loadChannels (dist/channels/registry.js:88:31)',
            '    at async main (dist/entry.js:412:5)',
          ],
        },
      },
      now - 2 * MINUTE,
    ),
  }),
  paused: (now: number): GatewayStatus => ({
    ...base(now, 'error', 'paused'),
    ownership: 'attached',
    health: 'down',
    problem: describeProblem('auth.token-mismatch', { source: 'OPENCLAW_GATEWAY_TOKEN' }, now - 4 * SECOND),
  }),
  exhausted: (now: number): GatewayStatus => ({
    ...base(now, 'error', 'exhausted'),
    ownership: 'attached',
    health: 'down',
    reconnectAttempts: 10,
    nextRetryAt: now + 48 * SECOND,
    problem: describeProblem(
      'connection.exhausted',
      { attempts: 10, lastError: 'connection refused', probeEveryMs: 60_000 },
      now - 12 * SECOND,
    ),
  }),
  portTaken: (now: number): GatewayStatus => ({
    ...base(now, 'error', 'failed'),
    ownership: 'none',
    problem: describeProblem(
      'port.in-use',
      { host: '127.0.0.1', port: 18_789, owner: { pid: 811, name: 'node' } },
      now - 4 * SECOND,
    ),
  }),
  firstRun: (now: number): GatewayStatus => {
    const { lastExit: _none, ...status } = base(now, 'stopped', 'idle');
    return { ...status, ownership: 'none', generation: 0, restarts: 0 };
  },
  openclawMissing: (now: number): GatewayStatus => {
    const { lastExit: _none, ...status } = base(now, 'error', 'failed');
    return {
      ...status,
      ownership: 'none',
      generation: 1,
      restarts: 0,
      problem: describeProblem(
        'openclaw.not-installed',
        { searched: ['/usr/local/bin', '/usr/bin', '~/.local/bin'] },
        now,
      ),
    };
  },
} as const;

export type SceneName = keyof typeof scenes;
export const sceneNames = Object.keys(scenes).filter((name): name is SceneName => Object.hasOwn(scenes, name));

export function journal(now: number): readonly JournalRecord[] {
  const at = now - 3 * HOUR - 14 * MINUTE;
  const exit = {
    cause: 'killed (signal SIGKILL)',
    durationMs: 2 * HOUR,
    data: { pid: 3_980, code: null, signal: 'SIGKILL' },
  };
  const peer = { dialect: 'openclaw', version: '2026.9.6' };
  return [
    { at: at - 2 * HOUR, category: 'process', what: 'spawned', data: { pid: 3_980 } },
    { at: at - 2 * HOUR + 6_420, category: 'process', what: 'running', data: { pid: 3_980, bootMs: 6_380 } },
    { at: at - 2 * HOUR + 6_421, category: 'connection', what: 'ready', durationMs: 6_380, data: peer },
    { at: at + MINUTE, category: 'process', what: 'exit', ...exit },
    { at: at + MINUTE + 12, category: 'connection', what: 'closed', cause: 'close code 1006', durationMs: 2 * HOUR },
    { at: at + MINUTE + 50, category: 'process', what: 'spawned', data: { pid: 4_121 } },
    { at: at + MINUTE + 8_440, category: 'process', what: 'running', data: { pid: 4_121, bootMs: 8_390 } },
    { at: at + MINUTE + 8_450, category: 'connection', what: 'ready', durationMs: 8_400, data: peer },
  ];
}

export function logLines(now: number): readonly LogRecord[] {
  const texts: readonly (readonly [LogRecord['level'], string])[] = [
    ['info', '[gateway] listening on ws://127.0.0.1:18789 (pid 4121)'],
    ['info', '[channels] whatsapp: linked, auth age 12m'],
    ['debug', '[agents] workspace ready in 412 ms'],
    ['warn', '[channels] telegram: no token configured, skipped'],
    ['error', '[cron] job "digest" failed: ENOENT /home/me/notes'],
    ['info', '[ws] client connected (deskclaw 0.1.0, protocol 4)'],
  ];
  return Array.from({ length: 48 }, (_, index): LogRecord => {
    const [level, text] = texts[index % texts.length] ?? ['info', ''];
    return {
      at: now - (48 - index) * 1_700,
      source: 'gateway',
      stream: level === 'error' ? 'stderr' : 'stdout',
      level,
      text,
    };
  });
}
