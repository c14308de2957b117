import { classifyExit, type ExitInfo } from '@deskclaw/core/internal';
import type { ExitCause } from '@deskclaw/protocol';
import { describe, expect, test } from 'vitest';
import { judgeExit } from '../src/exits.ts';

function ending(rest: Partial<ExitInfo>): ExitInfo {
  return { code: null, signal: null, endedBy: 'itself', wasReady: false, lines: [], memoryRanOut: false, ...rest };
}

/** Classifies an exit as the supervisor does: by OpenClaw's rules, then by the general ones. */
function cause(rest: Partial<ExitInfo>): ExitCause {
  return judgeExit(ending(rest)) ?? classifyExit(ending(rest));
}

/** Measured output and exit codes of the three generations. */
describe('a start that failed', () => {
  test.each<[string, number, readonly string[], ExitCause]>([
    ['A, no configuration', 1, ['Missing config. Run `openclaw setup` or set gateway.mode=local.'], 'configuration'],
    [
      'C, no configuration',
      78,
      ['Missing config. Run `openclaw setup` or set gateway.mode=local (or pass --allow-unconfigured).'],
      'configuration',
    ],
    [
      'B, a wrong key',
      1,
      ['Invalid config at /s/openclaw.json:', '- gateway: Unrecognized key: "bogus"'],
      'configuration',
    ],
    [
      'C, a wrong key',
      78,
      [
        'Gateway failed to start: Invalid config at /s/openclaw.json:',
        'Run "openclaw doctor --fix" to repair, then retry.',
      ],
      'configuration',
    ],
    [
      'C, no gateway.mode',
      78,
      ['Gateway start blocked: existing config is missing gateway.mode. Treat this as suspicious or clobbered config.'],
      'configuration',
    ],
    ['B and C, no login on an open address', 78, ['Refusing to bind gateway to auto without auth.'], 'configuration'],
    ['78 without a word', 78, [], 'configuration'],
    [
      'C with an external supervisor named, the same',
      78,
      [
        'Gateway failed to start: Doctor could not enter maintenance. An agent database is in use. Stop other OpenClaw processes using this state, then retry the update. | gateway.maintenance_required.',
      ],
      'state-locked',
    ],
    [
      'C, its state is claimed by another manager',
      78,
      [
        'OpenClaw shared state database /s/state/openclaw.sqlite is externally supervised by fleet-agent. Use that external supervisor with OPENCLAW_SUPERVISOR_MODE=external for writable operations.',
      ],
      'managed-elsewhere',
    ],
    [
      'C, its state was written by a newer version',
      78,
      [
        'OpenClaw state database /s/state/openclaw.sqlite uses newer schema version 19; this build supports 18.',
        'Invalid config was not looked at.',
      ],
      'newer-state',
    ],
    [
      'A and B, the state folder is held',
      1,
      ['Gateway failed to start: gateway already running (pid 4242); lock timeout after 5000ms'],
      'state-locked',
    ],
    [
      'B, the same, ending with 0',
      0,
      ['gateway already running (pid 4242); lock timeout after 5000ms'],
      'state-locked',
    ],
    [
      'C, the same, ending with 78',
      78,
      [
        'Gateway failed to start: Doctor could not enter maintenance. StateDatabaseCoordinatorContentionError: another OpenClaw process owns gateway-lifecycle Stop the Gateway service',
      ],
      'state-locked',
    ],
    [
      'B, the port is taken, ending with 0',
      0,
      ['Gateway failed to start: another gateway instance is already listening on ws://127.0.0.1:19311'],
      'port-in-use',
    ],
    [
      'C, the port is taken',
      1,
      ['listen EADDRINUSE: address already in use 127.0.0.1:19311', 'Port 19311 is already in use.'],
      'port-in-use',
    ],
    [
      'C on an old Node',
      1,
      ['openclaw: Node 20.20.2 is unsupported; OpenClaw requires >=24.16.0 <25, or >=26.1.0 (Node 26 recommended).'],
      'runtime',
    ],
    ['0 without a word is no success', 0, [], 'not-started'],
    ['anything else', 1, ['TypeError: x is not a function'], 'crash'],
  ])('a failed start is explained by its output: %s', (_name, code, lines, expected) => {
    expect(cause({ code, lines })).toBe(expected);
  });
});

describe('an end that OpenClaw’s rules leave alone', () => {
  test.each<[string, Partial<ExitInfo>, ExitCause]>([
    ['asked for', { code: 0, endedBy: 'request', wasReady: true }, 'requested'],
    ['asked for, with 78', { code: 78, endedBy: 'request', lines: ['Invalid config'] }, 'requested'],
    ['by itself, after it was ready', { code: 0, wasReady: true }, 'clean'],
    ['killed', { signal: 'SIGKILL', wasReady: true, lines: ['EADDRINUSE'] }, 'killed'],
    [
      'a crash whose last words mention a port',
      { code: 1, wasReady: true, lines: ['Port 1 is already in use'] },
      'crash',
    ],
  ])('judgeExit leaves this end to the general rules: %s', (_name, rest, expected) => {
    expect(cause(rest)).toBe(expected);
  });
});
