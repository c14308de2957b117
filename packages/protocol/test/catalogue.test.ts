import { describe, expect, test } from 'vitest';
import { describeExit, describeProblem } from '../src/catalogue.ts';
import { isProblemCode, type Problem, type ProblemCode, problemCodes } from '../src/problem.ts';
import type { ProblemFacts } from '../src/problem-facts.ts';
import { exit, needsSpecificFacts, plainFacts, specificFacts } from './problem-examples.ts';

const at = 1_795_450_000_000;

function example(code: ProblemCode): Problem {
  return needsSpecificFacts(code)
    ? describeProblem(code, specificFacts[code], at)
    : describeProblem(code, plainFacts, at);
}

function described<C extends ProblemCode>(code: C, facts: ProblemFacts<C>): Problem {
  return describeProblem<C>(code, facts, at);
}

function commands(problem: Problem): (string | undefined)[] {
  return problem.actions.map((action) => action.command);
}

describe('codes', () => {
  test('every problem code is listed once', () => {
    expect(new Set(problemCodes).size).toBe(problemCodes.length);
  });

  // Codes that must never be removed; new ones may be added.
  test.each([
    'gateway.not-found',
    'gateway.exited',
    'gateway.start-timeout',
    'gateway.unresponsive',
    'gateway.draining',
    'crash.loop',
    'port.in-use',
    'metrics.port-unavailable',
    'state.locked',
    'config.invalid',
    'runtime.node-missing',
    'runtime.node-too-old',
    'openclaw.not-installed',
    'auth.token-missing',
    'auth.token-mismatch',
    'auth.pairing-required',
    'auth.scope-missing',
    'auth.rate-limited',
    'auth.untrusted-peer',
    'protocol.mismatch',
    'method.not-offered',
    'connection.refused',
    'connection.lost',
    'connection.exhausted',
    'tls.untrusted',
    'request.timeout',
    'request.cancelled',
    'request.overloaded',
    'rpc.error',
    'delivery.unconfirmed',
    'aborted',
    'host.unreachable',
    'host.version-mismatch',
    'disk.full',
    'system.limit',
    'state.read-only',
    'state.foreign',
    'profile.in-use',
  ])('%s is a code', (code) => {
    expect(isProblemCode(code)).toBe(true);
  });

  test.each(['', 'gateway', 'gateway.not-found ', 'toString', '__proto__', 7, null, undefined, {}, ['aborted']])(
    '%j is none',
    (value) => {
      expect(isProblemCode(value)).toBe(false);
    },
  );
});

describe.each(problemCodes)('%s', (code) => {
  const problem = example(code);

  test('says what happened, what is known and what to do', () => {
    expect(problem).toMatchObject({ code, at });
    expect(problem.title).toMatch(/^\p{Lu}.*[^.]$/u);
    expect(problem.detail).not.toBe('');
    expect(problem.actions).not.toEqual([]);
  });

  test('the texts of a problem have no gap', () => {
    const words = JSON.stringify(problem);
    expect(words).not.toMatch(/undefined|NaN|\[object|null|\s{2,}\S*\.$/);
    // A sentence without its list ("Searched: .") says that a fact was missing.
    expect(problem.detail).not.toMatch(/: \.|\(\)|"" /);
  });

  test('names each step once, in words, with a command that is whole', () => {
    const ids = problem.actions.map((action) => action.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, label, command } of problem.actions) {
      expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(label).toMatch(/^\p{Lu}.*[^.]$/u);
      if (command !== undefined)
        expect(command).toMatch(
          /^((?:export )?[A-Z_]+=(?:"[^"]*"|\S+) (?:&& )?)?(deskclaw|openclaw|npm|ps|chmod|mkdir|rm|ls|df|sed|kill|openssl|echo|systemctl) |^\(umask /,
        );
    }
  });

  test('a problem and its actions are frozen', () => {
    expect(Object.isFrozen(problem)).toBe(true);
    expect(Object.isFrozen(problem.actions)).toBe(true);
  });

  test('a problem survives JSON', () => {
    expect(JSON.parse(JSON.stringify(problem))).toEqual(problem);
  });
});

test('every problem has its own title', () => {
  const titles = problemCodes.map((code) => example(code).title);
  expect(new Set(titles).size).toBe(titles.length);
});

test('a secret can only get in through a fact: the words themselves hold none', () => {
  for (const code of problemCodes) {
    expect(JSON.stringify(example(code))).not.toMatch(/--token|--password|Bearer|sk-/);
  }
});

describe('whether trying again can help', () => {
  test.each<[ProblemCode, boolean]>([
    ['gateway.not-found', false],
    ['gateway.exited', true],
    ['gateway.start-timeout', true],
    ['gateway.not-stopped', true],
    ['crash.loop', true],
    ['port.in-use', true],
    ['config.invalid', false],
    ['runtime.node-too-old', false],
    ['openclaw.not-installed', false],
    ['auth.token-missing', false],
    ['auth.token-mismatch', false],
    ['auth.pairing-required', false],
    ['auth.rate-limited', true],
    ['protocol.mismatch', false],
    ['connection.refused', true],
    ['connection.lost', true],
    ['connection.exhausted', true],
    ['request.timeout', true],
    ['rpc.error', false],
    ['disk.full', true],
    ['system.limit', true],
    ['state.read-only', false],
  ])('%s is retryable: %s', (code, retryable) => {
    expect(example(code).retryable).toBe(retryable);
  });
});

describe('details', () => {
  test.each<[ProblemCode, string]>([
    ['gateway.not-found', '"openclaw" was not found in: /usr/bin, /bin.'],
    ['gateway.exited', '"openclaw gateway run" crashed (exit code 1).\nIts last output:\n  boom\n    at main'],
    [
      'gateway.start-timeout',
      'It ran for 120 s without accepting a connection (last attempt: HTTP 503).\nIts last output:\n  loading plugins',
    ],
    [
      'gateway.not-stopped',
      'Still there 5 s after SIGKILL: openclaw (pid 4711). The system holds it, or it belongs to another user.',
    ],
    [
      'crash.loop',
      '5 crashes within 300 s. The last one: "openclaw gateway run" crashed (exit code 1).\nIts last output:\n  boom\n    at main',
    ],
    [
      'port.in-use',
      'Port 18789 on 127.0.0.1 is held by nginx (pid 4711), which answers with HTTP 200, a page of HTML. DeskClaw left it alone.',
    ],
    [
      'system.limit',
      'DeskClaw has as many open files and connections as this process may have, 64 (EMFILE, while starting the gateway). DeskClaw tries again by itself when there is room.',
    ],
    ['config.invalid', '/home/me/.config/deskclaw/config.json: port: expected a number'],
    ['runtime.node-missing', 'The gateway needs Node >=24.16.0. Searched: /usr/bin.'],
    ['runtime.node-too-old', 'Found Node v20.20.2 at /usr/bin/node; the gateway needs >=24.16.0.'],
    ['openclaw.not-installed', '"openclaw" was not found in: /usr/bin, /usr/local/bin.'],
    ['openclaw.version-unknown', 'openclaw@9.9.9: the registry has none.'],
    ['openclaw.needed', 'OpenClaw 2026.5.28 was not removed: the next start and a rollback still need it.'],
    ['openclaw.version-missing', 'OpenClaw 2026.5.28 is not installed. Installed versions: 2026.9.6.'],
    [
      'openclaw.install-failed',
      'OpenClaw 2026.9.6, downloading OpenClaw: npm ended with 1.\nIts last output:\n  npm error code ENOTFOUND',
    ],
    [
      'openclaw.upgrade-failed',
      'From 2026.5.28 to 2026.9.6, trying it on a copy of the state: It ended.\n2026.5.28 keeps running unchanged.',
    ],
    ['auth.token-mismatch', 'The token came from DESKCLAW_TOKEN_FILE; the gateway says: gateway token mismatch.'],
    [
      'auth.pairing-required',
      'A pairing request is waiting (req-1): this device asks for more permissions than were approved.',
    ],
    ['auth.device-locked', 'The system keyring stores it and says: unlock prompt was dismissed.'],
    [
      'auth.device-lost',
      'Gateways know this device as ab12; the keyring of this system has nothing in its place. It may have been emptied.',
    ],
    ['auth.scope-missing', 'Missing: operator.admin (for config.set).'],
    ['auth.rate-limited', 'Too many failed logins. The gateway asks you to wait 5 s.'],
    ['protocol.mismatch', 'DeskClaw supports 3 to 4, the gateway 5, which is newer.'],
    ['method.not-offered', 'The gateway (version 2026.9.6) has no method "skills.bundles".'],
    ['connection.refused', 'ws://127.0.0.1:18789/ws: connection refused.'],
    ['connection.lost', 'It was closed with code 1012 (service restart).'],
    ['connection.exhausted', '10 attempts failed. Last error: connection refused. DeskClaw tries again every 60 s.'],
    ['connection.timeout', 'ws://127.0.0.1:18789/ws: the step "handshake" did not finish within 5 s.'],
    ['request.timeout', 'No answer to "chat.send" within 30 s. Whether it took effect is unknown.'],
    ['request.cancelled', '"chat.send" was cancelled by its caller.'],
    ['request.overloaded', 'The limit of 1024 requests in flight is reached.'],
    ['rpc.error', 'channels.get: no such channel (-32004).'],
    ['channel.unknown', 'The gateway has no channel "whatsap". Its channels: telegram, whatsapp.'],
    ['channel.login-required', 'Nobody is logged in to "whatsapp", so it cannot connect.'],
    ['channel.login-failed', '"whatsapp": The login QR expired.'],
    ['channel.not-connected', '"telegram": 401: Unauthorized'],
    ['channel.timeout', '"telegram" was not connected within 30 s. Last status: connecting.'],
    ['host.version-mismatch', 'The host is 0.1.0, this program 0.2.0.'],
    ['internal', 'The one sentence.'],
  ])('%s has the expected detail', (code, detail) => {
    expect(example(code).detail).toBe(detail);
  });
});

describe('a gateway that is not found', () => {
  test('gateway.not-found with an empty PATH says so', () => {
    const problem = described('gateway.not-found', { command: 'openclaw', reason: 'missing', searched: [] });
    expect(problem.detail).toBe('"openclaw" was not found in: (the PATH is empty).');
  });

  test('gateway.not-found for a path names that path only', () => {
    const facts = { command: '/nope/gw', reason: 'missing', searched: ['/usr/bin'] } as const;
    expect(described('gateway.not-found', facts).detail).toBe('There is no file "/nope/gw".');
  });

  test('gateway.not-found for a file that is not executable suggests a quoted chmod', () => {
    const of = (command: string) =>
      described('gateway.not-found', { command, reason: 'not-executable', searched: [] }).actions[0]?.command;
    expect(of('/opt/gw/run.sh')).toBe('chmod +x /opt/gw/run.sh && deskclaw start');
    expect(of('/opt/my gateway/run')).toBe("chmod +x '/opt/my gateway/run' && deskclaw start");
    expect(of("/opt/it's/run")).toBe("chmod +x '/opt/it'\\''s/run' && deskclaw start");
    expect(of('/opt/$(reboot)')).toBe("chmod +x '/opt/$(reboot)' && deskclaw start");
  });

  test('because its folder is missing does not send anyone to install it', () => {
    const problem = described('gateway.not-found', { command: '/srv/gw', reason: 'no-folder', searched: [] });
    expect(problem.detail).toBe('The working folder "/srv/gw" does not exist.');
    expect(commands(problem)).toEqual(['mkdir -p /srv/gw && deskclaw start', 'deskclaw start --gateway builtin']);
  });
});

describe('a gateway that ended', () => {
  test.each([
    ['requested', 'exited as requested'],
    ['clean', 'exited on its own and reported success'],
    ['configuration', 'exited because its configuration is not valid'],
    ['port-in-use', 'exited because its port was in use'],
    ['runtime', 'exited because its runtime is not supported'],
    ['out-of-memory', 'ran out of memory'],
    ['killed', 'was killed'],
    ['not-started', 'exited before it could start'],
    ['managed-elsewhere', 'exited because another manager owns its state'],
    ['newer-state', 'exited because a newer version has written its state'],
    ['state-locked', 'exited because another process uses its state'],
    ['crash', 'crashed'],
  ] as const)('a gateway that exited by %s is described as "%s"', (cause, words) => {
    expect(described('gateway.exited', { ...exit, cause }).detail).toContain(
      `"openclaw gateway run" ${words} (exit code 1).`,
    );
  });

  test.each([
    [{ code: 0, signal: null }, 'exit code 0'],
    [{ code: 78, signal: null }, 'exit code 78'],
    [{ code: null, signal: 'SIGKILL' }, 'signal SIGKILL'],
    [{ code: null, signal: null }, 'unknown exit'],
  ])('%j is told as %s', (ended, words) => {
    expect(describeExit(ended)).toBe(words);
  });

  test('a gateway that printed nothing is described so', () => {
    expect(described('gateway.exited', { ...exit, lastLines: [] }).detail).toMatch(/It printed nothing\.$/);
  });

  test('gateway.exited mentions the repair of the configuration', () => {
    const repaired = 'A copy from before is at /x.';
    expect(described('gateway.exited', { ...exit, repaired }).detail).toMatch(/\nA copy from before is at \/x\.$/);
  });

  test('over its configuration is not simply restarted', () => {
    const ids = described('gateway.exited', { ...exit, cause: 'configuration' }).actions.map((action) => action.id);
    expect(ids).toEqual(['fix-config', 'logs']);
    expect(example('gateway.exited').actions.map((action) => action.id)).toEqual(['retry', 'logs']);
  });
});

describe('a port that is taken', () => {
  test('offers the next one and a look at its owner', () => {
    expect(commands(example('port.in-use'))).toEqual(['deskclaw start --port 18790', 'ps -fp 4711']);
  });

  test('port.in-use with an unknown owner suggests no ps command', () => {
    const problem = described('port.in-use', { host: '::1', port: 18789 });
    expect(problem.detail).toBe('Port 18789 on ::1 is held by a program we cannot identify. DeskClaw left it alone.');
    expect(commands(problem)).toEqual(['deskclaw start --port 18790']);
  });

  test('port.in-use for the last port suggests any free port', () => {
    expect(commands(described('port.in-use', { host: '::1', port: 65535 }))).toEqual(['deskclaw start --port 0']);
  });
});

describe('facts that are not known are left out', () => {
  test.each<[string, Problem, string]>([
    [
      'no last error',
      described('gateway.start-timeout', { waitedMs: 1500, lastLines: [] }),
      'It ran for 1.5 s without accepting a connection.\nIt printed nothing.',
    ],
    [
      'no word of the gateway',
      described('auth.token-mismatch', { source: 'the keyring' }),
      'The token came from the keyring.',
    ],
    ['no pairing request', described('auth.pairing-required', {}), 'A pairing request is waiting.'],
    ['no method', described('auth.scope-missing', { missing: ['a', 'b'] }), 'Missing: a, b.'],
    ['no time to wait', described('auth.rate-limited', {}), 'Too many failed logins.'],
    ['no version', described('method.not-offered', { method: 'x.y' }), 'The gateway has no method "x.y".'],
    ['no close code', described('connection.lost', {}), 'The connection broke without a close message.'],
    [
      'no closing message',
      described('connection.lost', { code: 1006 }),
      'The connection broke without a close message.',
    ],
    ['an empty reason', described('connection.lost', { code: 1000, reason: '' }), 'It was closed with code 1000.'],
    [
      'nowhere to look',
      described('runtime.node-missing', { needed: '24', searched: [] }),
      'The gateway needs Node 24. Searched: (the PATH is empty).',
    ],
    [
      'a request that never left',
      described('request.timeout', { method: 'm', timeoutMs: 2000, sent: false }),
      '"m" waited 2 s for its turn and was never sent.',
    ],
    [
      'less than a second',
      described('request.timeout', { method: 'm', timeoutMs: 45 }),
      'No answer to "m" within 45 ms. Whether it took effect is unknown.',
    ],
  ])('the detail reads well with %s', (_, problem, detail) => {
    expect(problem.detail).toBe(detail);
  });
});

describe('steps that depend on the facts', () => {
  test('a pairing request is approved by its id where there is one', () => {
    expect(commands(example('auth.pairing-required'))[0]).toBe('openclaw devices approve req-1');
    expect(commands(described('auth.pairing-required', {}))[0]).toBe('openclaw devices list');
  });

  test('a device whose key is lost becomes a new one only by the user’s hand', () => {
    const another = described('auth.device-lost', { id: 'ab12', path: '/state/device.json', found: 'another' });
    expect(another.detail).toContain('has the key of another one in its place');
    expect(another.actions.find(({ id }) => id === 'new-device')?.label).toContain('move /state/device.json away');
  });

  test('a request that timed out is repeated with more time than it had', () => {
    expect(commands(example('request.timeout'))[0]).toBe('deskclaw call chat.send --timeout 120');
    const brief = described('request.timeout', { method: 'odd name', timeoutMs: 45 });
    expect(commands(brief)[0]).toBe("deskclaw call 'odd name' --timeout 1");
  });

  test('a version that is not there is offered for installation, but not to who wanted it removed', () => {
    const missing = { version: '2026.9.6', installed: [] };
    expect(commands(described('openclaw.version-missing', missing))).toContain('deskclaw openclaw install 2026.9.6');
    expect(commands(described('openclaw.version-missing', { ...missing, unwanted: true }))).toEqual([
      'deskclaw openclaw list',
    ]);
  });

  test('a chat that OpenClaw could not answer leads to its model, not to its methods', () => {
    const failed = { method: 'chat.send', code: 'run failed', message: 'No API key found for provider "openai"' };
    expect(commands(described('rpc.error', { ...failed, openclaw: 'openclaw' }))).toEqual([
      'openclaw models status',
      'openclaw configure --section model',
      'deskclaw logs -n 100',
    ]);
    expect(described('rpc.error', failed).actions).toMatchObject([{ label: expect.stringContaining('model server') }]);
    const sentence = described('rpc.error', { ...failed, message: 'No source is configured for openai.' });
    expect(sentence.detail).toBe('chat.send: No source is configured for openai (run failed).');
  });

  test('a channel is logged in to by a QR code where it can be', () => {
    expect(commands(example('channel.login-required'))).toEqual(['deskclaw channels qr whatsapp']);
    expect(commands(described('channel.login-required', { channel: 'x', qr: false }))).not.toContain(
      'deskclaw channels qr x',
    );
  });

  test('a channel that is not there among none is told so', () => {
    expect(described('channel.unknown', { channel: 'x', known: [] }).detail).toBe(
      '"x" is not set up. The gateway has no channels.',
    );
  });

  test('a command line that is not valid leads to its own help', () => {
    expect(commands(example('command.invalid'))).toEqual(['deskclaw start --help']);
  });
});

test('the problem of a taken port has one full stop even if its holder answers with a sentence', () => {
  const facts = { host: '127.0.0.1', port: 1, answers: 'Unexpected server response: 404.' };
  expect(described('port.in-use', facts).detail).toContain('response: 404. DeskClaw left it alone.');
});

test.each(['connection refused', 'connection refused.'])(
  'an error is quoted without a full stop of its own: %s',
  (lastError) => {
    const { detail } = describeProblem('connection.exhausted', { attempts: 10, lastError, probeEveryMs: 60_000 }, 0);
    expect(detail).toContain('Last error: connection refused. DeskClaw tries again');
    const timedOut = describeProblem('gateway.start-timeout', { waitedMs: 1_000, lastError, lastLines: [] }, 0);
    expect(timedOut.detail).toContain('(last attempt: connection refused).');
  },
);
