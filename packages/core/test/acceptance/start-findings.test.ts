/** Behaviour, section 9, E12: a start that cannot succeed says why within five seconds, and again when it ends. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Problem } from '@deskclaw/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import { GatewayError } from '../../src/errors/gateway-error.ts';
import type { GatewayManager } from '../../src/manager/gateway-manager.ts';
import { nodeTcpPorts } from '../../src/ports/node/node-tcp-ports.ts';
import { manage, stopAll } from '../manager/builtin.ts';

const program = fileURLToPath(new URL('misplaced-program.ts', import.meta.url));
const TIMEOUT_MS = 5_500;

afterEach(stopAll);

interface Report {
  readonly note: string;
  readonly afterMs: number;
  /** The problem of the status when the note was report. */
  readonly problem: Problem | undefined;
  readonly final: Problem;
}

async function failingStart(manager: GatewayManager): Promise<Report> {
  const startedAt = performance.now();
  let report: Omit<Report, 'final'> | undefined;
  manager.on('status', ({ startNote, problem }) => {
    if (startNote !== undefined) report ??= { note: startNote, afterMs: performance.now() - startedAt, problem };
  });
  const final = await manager.start().then(
    () => expect.unreachable('it must not start'),
    (error: unknown) => error,
  );
  if (!(final instanceof GatewayError)) throw final;
  return { note: '', afterMs: Number.POSITIVE_INFINITY, problem: undefined, ...report, final: final.problem };
}

function supervised(what: string): GatewayManager {
  return manage({ command: [process.execPath, program, what, '{port}'], startup: { timeoutMs: TIMEOUT_MS } });
}

interface Expected {
  readonly note: RegExp;
  readonly code: Problem['code'];
  readonly detail: RegExp;
  readonly command?: RegExp;
  /** Whether the status names the problem while the start goes on. */
  readonly early?: true;
}

const cases: Readonly<Record<string, Expected>> = {
  'other-family': {
    note: /^Its process listens on \[::1\]:(\d+), not on 127\.0\.0\.1:\1\. It printed nothing\.$/,
    code: 'gateway.wrong-address',
    detail: /listens on \[::1\]:(\d+), not on 127\.0\.0\.1:\1/,
    command: /^deskclaw config set host ::1 && deskclaw start$/,
    early: true,
  },
  'other-port': {
    note: /^Its process listens on 127\.0\.0\.1:\d+, not on 127\.0\.0\.1:\d+\. It last said: config: port comes from/,
    code: 'gateway.wrong-address',
    detail: /It last said: config: port comes from GATEWAY_PORT$/,
    command: /^deskclaw start --port \d+$/,
    early: true,
  },
  silent: {
    note: /^Its process runs, but has not opened a port yet\. It printed nothing\.$/,
    code: 'gateway.start-timeout',
    detail: /has not opened a port yet\.\nIt printed nothing\.$/,
  },
  prompt: {
    note: /has not opened a port yet\. It waits after printing: Choose a model \[1-3\]:$/,
    code: 'gateway.start-timeout',
    detail: /It waits after printing: Choose a model \[1-3\]:$/,
  },
  loading: {
    note: /has not opened a port yet\. It last said: loading the index of 12 documents$/,
    code: 'gateway.start-timeout',
    detail: /loading the index of 12 documents/,
  },
  'web-page': {
    note: /answers with a web page \(HTTP 200\), not as a WebSocket\. It printed nothing\.$/,
    code: 'gateway.not-a-gateway',
    detail: /^ws:\/\/127\.0\.0\.1:\d+\/ws answers with a web page \(HTTP 200\)/,
    // A web page says nothing of another path: the command is wrong, or something else answers.
    command: /^deskclaw start$/,
    early: true,
  },
  redirect: {
    note: /answers with a redirect \(HTTP 302\) that leads to \/gateway\/ws/,
    code: 'gateway.not-a-gateway',
    detail: /leads to \/gateway\/ws/,
    command: /^deskclaw start --path \/gateway\/ws$/,
    early: true,
  },
  unanswered: {
    note: /accepts connections, but does not answer the WebSocket upgrade\. It printed nothing\.$/,
    code: 'gateway.start-timeout',
    detail: /does not answer the WebSocket upgrade/,
  },
};

describe.skipIf(process.platform !== 'linux')('a program that is started in the place of a gateway', () => {
  test('each way to be no gateway is report in its own words, within five seconds and at the end', async () => {
    const results = await Promise.all(
      Object.entries(cases).map(async ([what, expected]) => ({
        what,
        expected,
        report: await failingStart(supervised(what)),
      })),
    );
    for (const { what, expected, report } of results) {
      const { note, code, detail, command, early = false } = expected;
      expect(report.note, what).toMatch(note);
      expect(report.afterMs, what).toBeLessThan(5_000);
      expect([what, report.final.code]).toEqual([what, code]);
      expect(report.final.detail, what).toMatch(detail);
      expect([what, report.problem?.code]).toEqual([what, early ? code : undefined]);
      if (command !== undefined) expect(report.final.actions[0]?.command, what).toMatch(command);
    }
    expect(new Set(results.map(({ report }) => report.note)).size).toBe(results.length);
  });

  test('a start in attach mode tells the same of a server that is no gateway', async () => {
    const results = await Promise.all(
      ['web-page', 'unanswered'].map(async (what) => {
        const port = await nodeTcpPorts.findFree('127.0.0.1');
        const server = spawn(process.execPath, [program, what, String(port)], { stdio: 'ignore' });
        try {
          const manager = manage({ mode: 'attach', port, startup: { timeoutMs: TIMEOUT_MS } });
          return await failingStart(manager);
        } finally {
          server.kill('SIGKILL');
        }
      }),
    );
    expect(results.map(({ final }) => final.code)).toEqual(['gateway.not-a-gateway', 'gateway.start-timeout']);
    expect(results.map(({ note }) => note)).toEqual([
      expect.stringMatching(/answers with a web page \(HTTP 200\), not as a WebSocket\.$/),
      expect.stringMatching(/does not answer the WebSocket upgrade\.$/),
    ]);
    expect(results[1]?.final.detail).toContain('does not answer the WebSocket upgrade');
  });
});
