import { describeProblem, type GatewayStatus, gatewayStates, type HostInfo } from '@deskclaw/protocol';
import { describe, expect, it } from 'vitest';
import { textWidth } from '../../src/output/layout.ts';
import { type StatusView, statusScreen } from '../../src/output/status-screen.ts';
import { createStyle } from '../../src/output/style.ts';

const now = new Date(2026, 10, 23, 14, 2, 30).getTime();
const style = createStyle({ colour: false, unicode: true });
const host: HostInfo = {
  pid: 4_100,
  version: '0.1.0',
  controlProtocol: 1,
  startedAt: now - 11_530_000,
  profile: 'default',
  kind: 'background',
};
const running: GatewayStatus = {
  state: 'running',
  phase: 'ready',
  since: now - 11_520_000,
  ownership: 'owned',
  health: 'ok',
  generation: 2,
  host: '127.0.0.1',
  port: 18_789,
  url: 'ws://127.0.0.1:18789/ws',
  pid: 4_121,
  version: '2026.9.6',
  dialect: 'openclaw',
  protocol: 4,
  connectedAt: now - 11_520_000,
  uptime: 11_520_000,
  reconnectAttempts: 0,
  restarts: 1,
  latencyMs: { last: 3, p50: 3, p95: 9 },
};
const view: StatusView = {
  gateway: running,
  host,
  last: { at: now - 19_000, category: 'connection', what: 'reconnected', cause: 'ECONNRESET', durationMs: 8_400 },
};

function screen(seen: StatusView, columns?: number): string {
  return statusScreen(seen, { columns, now, style }).join('\n');
}

describe('a running gateway', () => {
  it('fits on four lines of 120 columns', () => {
    expect(screen(view, 120)).toMatchInlineSnapshot(`
      "Gateway  ● running   managed by deskclaw (pid 4121)   up 3h 12m   version 2026.9.6   restarts 1
      Socket   ● connected   ws://127.0.0.1:18789/ws   rtt 3 ms (p95 9 ms)   openclaw protocol 4
      Host     background (pid 4100)   deskclaw 0.1.0   profile default   up 3h 12m
      Last     14:02:11 connection reconnected   ECONNRESET, after 8.4 s"
    `);
  });

  it('a full disk is told with the command that shows its space', () => {
    const warnings = [
      'The log cannot be written: /home/me/my logs/gateway.log: ENOSPC: no space left on device, write',
    ];
    const text = screen({ ...view, host: { ...host, warnings } });
    expect(text).toContain("  → Free space on that disk; to show it:  df -h '/home/me/my logs'");
    expect(screen({ ...view, host: { ...host, warnings: ['Unknown setting "prot"'] } })).not.toContain('df -h');
  });

  it('the screen names the program where the host knows it', () => {
    const text = screen({ ...view, gateway: { ...running, program: 'built-in gateway 0.2.0' } });
    expect(text).toContain('up 3h 12m   built-in gateway 0.2.0   restarts 1');
    expect(text).not.toContain('version 2026.9.6');
  });

  it('what recovery did, or waits for, names the profile in its commands', () => {
    const recovery = { state: 'asking' as const, at: now, message: 'To go on: deskclaw recover --channels-on' };
    const text = screen({ ...view, gateway: { ...running, recovery }, profile: 'work' });
    expect(text).toContain(
      'waits for you: deskclaw --profile work recover   To go on: deskclaw --profile work recover',
    );
    expect(screen({ ...view, gateway: { ...running, recovery } })).toContain('waits for you: deskclaw recover');
  });

  it('the screen tells how long an unresponsive gateway has been so, and when it is restarted', () => {
    const frozen = { ...running, health: 'unresponsive' as const, healthSince: now - 14_000 };
    expect(screen({ gateway: { ...frozen, watchdogAt: now + 166_000 }, host })).toContain(
      '● running   unresponsive for 14 s   restart in 2m 46s   managed by',
    );
    expect(screen({ gateway: frozen, host })).not.toContain('restart in');
  });

  it('the screen shows the package version of an owned OpenClaw, whatever it reports', () => {
    const node = { file: '/usr/bin/node', version: '24.21.0' };
    const openclaw = { version: '2026.2.3-1', path: '/d/openclaw', node };
    const dev = { ...running, version: 'dev' };
    expect(screen({ gateway: dev, host: { ...host, openclaw } })).toContain('version 2026.2.3-1');
    expect(screen({ gateway: { ...dev, ownership: 'attached' }, host: { ...host, openclaw } })).toContain(
      'version dev',
    );
    expect(screen({ gateway: dev, host })).toContain('version dev');
  });

  it('breaks between facts at 80 columns', () => {
    expect(screen(view, 80)).toMatchInlineSnapshot(`
      "Gateway  ● running   managed by deskclaw (pid 4121)   up 3h 12m
               version 2026.9.6   restarts 1
      Socket   ● connected   ws://127.0.0.1:18789/ws   rtt 3 ms (p95 9 ms)
               openclaw protocol 4
      Host     background (pid 4100)   deskclaw 0.1.0   profile default   up 3h 12m
      Last     14:02:11 connection reconnected   ECONNRESET, after 8.4 s"
    `);
  });

  it('stays readable at 40 columns', () => {
    expect(screen(view, 40)).toMatchInlineSnapshot(`
      "Gateway  ● running
               managed by deskclaw (pid 4121)
               up 3h 12m   version 2026.9.6
               restarts 1
      Socket   ● connected
               ws://127.0.0.1:18789/ws
               rtt 3 ms (p95 9 ms)
               openclaw protocol 4
      Host     background (pid 4100)
               deskclaw 0.1.0
               profile default   up 3h 12m
      Last     14:02:11 connection reconnected
               ECONNRESET, after 8.4 s"
    `);
  });

  it('the screen is never cut in a pipe', () => {
    expect(screen(view).split('\n')).toHaveLength(4);
  });

  it('says so when it does not answer', () => {
    expect(screen({ ...view, gateway: { ...running, health: 'unresponsive' } })).toContain('● running   unresponsive');
  });
});

it('keeps every line within the screen', () => {
  const facts = {
    command: 'openclaw',
    code: 1,
    signal: null,
    cause: 'crash',
    lastLines: ['Error: out of cheese'],
  } as const;
  const problem = describeProblem('gateway.exited', facts, now);
  for (const columns of [60, 80, 120]) {
    for (const state of gatewayStates) {
      const lines = statusScreen({ ...view, gateway: { ...running, state, problem } }, { columns, now, style });
      for (const line of lines) expect(textWidth(line), line).toBeLessThanOrEqual(columns);
    }
  }
});

it('tells while it starts how long that usually takes', () => {
  const { connectedAt: _at, uptime: _up, version: _version, latencyMs: _rtt, ...rest } = running;
  const gateway: GatewayStatus = {
    ...rest,
    state: 'starting',
    phase: 'waiting-ready',
    since: now - 4_000,
    restarts: 0,
    usualBootMs: 7_000,
  };
  expect(screen({ gateway, host })).toContain('for 4 s   usually ready in 7 s\n');
});

it('tells when the next attempt is, and which', () => {
  const { connectedAt: _at, uptime: _up, ...rest } = running;
  const gateway: GatewayStatus = {
    ...rest,
    state: 'reconnecting',
    phase: 'waiting-retry',
    since: now - 4_000,
    reconnectAttempts: 3,
    nextRetryAt: now + 6_100,
  };
  expect(screen({ gateway, host })).toMatchInlineSnapshot(`
    "Gateway  ◐ reconnecting   waiting before the next attempt   managed by deskclaw (pid 4121)   for 4 s   version 2026.9.6   restarts 1
    Socket   ○ not connected   ws://127.0.0.1:18789/ws   rtt 3 ms (p95 9 ms)   openclaw protocol 4   next attempt in 7 s (attempt 4)
    Host     background (pid 4100)   deskclaw 0.1.0   profile default   up 3h 12m"
  `);
});

it('says what is wrong and what to do, for the profile that was named', () => {
  const problem = describeProblem(
    'port.in-use',
    { host: '127.0.0.1', port: 18_789, owner: { pid: 77, name: 'node' } },
    now,
  );
  const { connectedAt: _at, uptime: _up, pid: _pid, ...rest } = running;
  const gateway: GatewayStatus = {
    ...rest,
    state: 'error',
    phase: 'failed',
    ownership: 'none',
    since: now - 60_000,
    problem,
  };
  expect(screen({ gateway, host, profile: 'work' }, 80)).toMatchInlineSnapshot(`
    "Gateway  ✗ error   failed   for 1m   version 2026.9.6   restarts 1
    Socket   ○ not connected   ws://127.0.0.1:18789/ws   rtt 3 ms (p95 9 ms)
             openclaw protocol 4
    Host     background (pid 4100)   deskclaw 0.1.0   profile default   up 3h 12m

    ✗ Another program uses the port (port.in-use)
      Port 18789 on 127.0.0.1 is held by node (pid 77). DeskClaw left it alone.

      → Use port 18790:     deskclaw --profile work start --port 18790
      → Show that program:  ps -fp 77"
  `);
});

it('shows what is stopped without inventing since when', () => {
  const gateway: GatewayStatus = { ...running, state: 'stopped', phase: 'idle', ownership: 'none', restarts: 0 };
  const { pid: _pid, connectedAt: _at, version: _version, ...rest } = gateway;
  expect(screen({ gateway: rest, host: null })).toMatchInlineSnapshot(`
    "Gateway  ○ stopped

    Next: deskclaw start"
  `);
});

it('needs no colour and no glyph to be read', () => {
  const plain = createStyle({ colour: false, unicode: false });
  const words = gatewayStates.map(
    (state) => statusScreen({ ...view, gateway: { ...running, state } }, { now, style: plain })[0],
  );
  expect(words.join('\n')).toMatch(/^[\x20-\x7e\n]+$/);
  for (const [index, state] of gatewayStates.entries()) expect(words[index]).toContain(state);
});
