import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import { splitCommand } from '../../src/command-line/split-command.ts';
import { freePort, Home, isAlive, parseDocument, processesOf } from '../support/deskclaw.ts';
import { gatewayCommand } from '../support/gateway-command.ts';
import { at, numberAt } from '../support/shape.ts';

/** Expects that no process of the home runs and no port listens. */
function expectNothingLeft(home: Home): void {
  expect(processesOf(home.folder)).toEqual([]);
  expect(home.sockets).toEqual([]);
}

describe('start, status, restart, stop', () => {
  it('agree with the process table, and leave nothing behind', async () => {
    const home = new Home();
    const started = await home.startBuiltin();
    expect(started).toMatchObject({
      schema: 'deskclaw.start/1',
      outcome: 'applied',
      gateway: { state: 'running', ownership: 'owned', health: 'ok' },
      host: { kind: 'background' },
    });
    const [host, first] = [numberAt(started, 'host.pid'), numberAt(started, 'pid')];
    expect([isAlive(host), isAlive(first)]).toEqual([true, true]);

    const status = await home.document('status');
    expect(status).toMatchObject({
      profile: 'default',
      host: { pid: host },
      gateway: { state: 'running', pid: first },
    });
    for (const isoTime of ['host.startedAt', 'gateway.since', 'gateway.connectedAt']) {
      const text = String(at(status, isoTime));
      expect(new Date(text).toISOString(), isoTime).toBe(text);
    }

    const restarted = await home.document('restart');
    const second = numberAt(restarted, 'pid');
    expect(restarted).toMatchObject({ schema: 'deskclaw.restart/1', outcome: 'applied', previousPid: first });
    expect([second === first, isAlive(first), isAlive(second), isAlive(host)]).toEqual([false, false, true, true]);

    const stopped = await home.document('stop');
    expect(stopped).toMatchObject({ schema: 'deskclaw.stop/1', outcome: 'applied', previousPid: second });
    expect([isAlive(host), isAlive(second)]).toEqual([false, false]);
    expectNothingLeft(home);
    expect(await home.run('status')).toMatchObject({ code: 3 });
  });

  it('say so in words, for people', async () => {
    const home = new Home();
    const started = await home.run('start', '--gateway', 'builtin', '--port', '0');
    expect(started).toMatchObject({ code: 0 });
    expect(started.stdout).toMatch(/^Gateway {2}● running {3}pid \d+ {3}ws:\/\/127\.0\.0\.1:\d+\/ws.*\n$/);
    expect(started.stderr).toContain('deskclaw stop');
    const restarted = await home.run('restart');
    expect(restarted.stdout).toMatch(/^Restarted: pid \d+ → pid \d+\nGateway {2}● running {3}pid \d+/);
    expect((await home.run('stop')).stdout).toMatch(/^Stopped \(pid \d+\)\n$/);
    expect(await home.run('stop')).toMatchObject({ code: 0, stdout: 'Not running\n' });
  });

  it('start succeeds when the gateway already runs', async () => {
    const home = new Home();
    const first = await home.startBuiltin();
    const again = await home.document('start');
    expect(again).toMatchObject({
      outcome: 'joined',
      gateway: { pid: at(first, 'pid') },
      host: { pid: at(first, 'host.pid') },
    });
    const words = await home.run('start');
    expect(words).toMatchObject({ code: 0 });
    expect(words.stderr).toContain('The gateway was already running');
  });

  it('said by three terminals at once make one host and one gateway', async () => {
    const home = new Home();
    const started = await Promise.all([1, 2, 3].map(() => home.startBuiltin()));
    expect(new Set(started.map((each) => numberAt(each, 'pid'))).size).toBe(1);
    expect(new Set(started.map((each) => numberAt(each, 'host.pid'))).size).toBe(1);
    expect(started.map((each) => at(each, 'outcome')).toSorted()).toEqual(['applied', 'joined', 'joined']);
    expect(processesOf(home.folder)).toHaveLength(2);
  });

  it('keep profiles apart', async () => {
    const home = new Home();
    const [one, two] = await Promise.all([
      home.startBuiltin('--profile', 'one'),
      home.startBuiltin('--profile', 'two'),
    ]);
    expect(numberAt(one, 'pid')).not.toBe(numberAt(two, 'pid'));
    expect(await home.run('status')).toMatchObject({ code: 3 });
    await home.document('stop', '--profile', 'one');
    expect(isAlive(numberAt(two, 'pid'))).toBe(true);
    expect(await home.document('status', '--profile', 'two')).toMatchObject({
      profile: 'two',
      gateway: { state: 'running' },
    });
    await home.document('stop', '--profile', 'two');
    expectNothingLeft(home);
  });

  it('refuse to pass one gateway off as another', async () => {
    const home = new Home();
    await home.startBuiltin();
    const ended = await home.run('start', '--gateway', 'openclaw', '--json');
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(parseDocument(ended.stderr)).toMatchObject({ error: { code: 'gateway.running-differently' } });
  });
});

describe('a command of the user’s', () => {
  it('start --command runs the program without a shell on the requested port', async () => {
    const home = new Home();
    const port = await freePort();
    const started = await home.document('start', '--command', gatewayCommand(), '--port', String(port));
    expect(started).toMatchObject({ gateway: { state: 'running', port } });
    await home.document('stop');
    expectNothingLeft(home);
  });

  it('stop ends a gateway that ignores SIGTERM', async () => {
    const home = new Home();
    const started = await home.document('start', '--command', gatewayCommand('ignore-sigterm'), '--port', '0');
    await home.document('stop', '--force');
    expect(isAlive(numberAt(started, 'pid'))).toBe(false);
    expectNothingLeft(home);
  });
});

describe('a start that fails says why, and leaves nothing behind', () => {
  it('78: no OpenClaw, with both ways on', async () => {
    const home = new Home({ PATH: '/usr/bin:/bin' });
    const plain = await home.run('start');
    expect(plain).toMatchObject({ code: 78, stdout: '' });
    expect(plain.stderr).toContain('(openclaw.not-installed)');
    expect(plain.stderr).toContain('deskclaw start --install');
    expect(plain.stderr).toContain('deskclaw openclaw install');
    expect(plain.stderr).toContain('deskclaw start --gateway builtin');
    expectNothingLeft(home);
    const json = await home.run('start', '--gateway', 'openclaw', '--json');
    expect(json).toMatchObject({ code: 78, stdout: '' });
    expect(parseDocument(json.stderr)).toMatchObject({ error: { code: 'openclaw.not-installed' } });
    expectNothingLeft(home);
  });

  it('78: the program is not there', async () => {
    const home = new Home();
    const ended = await home.run('start', '--command', 'no-such-gateway --port {port}', '--port', '0', '--json');
    expect(ended).toMatchObject({ code: 78, stdout: '' });
    expect(parseDocument(ended.stderr)).toMatchObject({ error: { code: 'gateway.not-found' } });
    expectNothingLeft(home);
  });

  it('1: it ends at once, with its last words', async () => {
    const home = new Home();
    const ended = await home.run(
      'start',
      '--command',
      gatewayCommand('stderr-text=out of cheese', 'exit=9'),
      '--port',
      '0',
    );
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toContain('(gateway.exited)');
    expect(ended.stderr).toContain('exit code 9');
    expect(ended.stderr).toContain('out of cheese');
    expectNothingLeft(home);
  });

  it('1: the port is taken, by whom, and another one is offered', async () => {
    const home = new Home();
    const other = createServer((_request, response) => response.end('<html></html>')).listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    try {
      const ended = await home.run('start', '--gateway', 'builtin', '--port', String(port));
      expect(ended).toMatchObject({ code: 1, stdout: '' });
      expect(ended.stderr).toContain('(port.in-use)');
      expect(ended.stderr).toContain(`pid ${String(process.pid)}`);
      expect(ended.stderr).toContain(`deskclaw start --gateway builtin --port ${String(port + 1)}`);
      expect(other.listening).toBe(true);
      expectNothingLeft(home);
    } finally {
      other.close();
    }
  });

  it('6: it is not ready in time', async () => {
    const home = new Home();
    const ended = await home.run(
      'start',
      '--command',
      gatewayCommand('never-ready'),
      '--port',
      '0',
      '--timeout',
      '0.6',
      '--json',
    );
    expect(ended).toMatchObject({ code: 6, stdout: '' });
    expect(parseDocument(ended.stderr)).toMatchObject({ error: { code: 'gateway.start-timeout' } });
    expectNothingLeft(home);
  });

  it('130: Ctrl-C takes it back', async () => {
    const home = new Home();
    const starting = home.start(['start', '--command', gatewayCommand('never-ready'), '--port', '0', '--verbose']);
    await starting.line('stderr', (line) => line.includes('waiting until it is ready'));
    starting.child.kill('SIGINT');
    expect(await starting.ended).toMatchObject({ code: 130, signal: null, stdout: '' });
    expectNothingLeft(home);
  });

  it('130: Ctrl-C in a command that joined the start of another one leaves that start alone', async () => {
    const home = new Home();
    const options = ['start', '--command', gatewayCommand('never-ready'), '--port', '0', '--verbose'];
    const starting = home.start(options);
    await starting.line('stderr', (line) => line.includes('waiting until it is ready'));
    const joining = home.start(options);
    await joining.line('stderr', (line) => line.includes('waiting until it is ready'));
    joining.child.kill('SIGINT');
    const left = await joining.ended;
    expect(left).toMatchObject({ code: 130, signal: null, stdout: '' });
    expect(left.stderr).toContain('What another command began goes on. To end it: deskclaw stop');
    expect((await home.run('status')).stdout).toContain('starting');
    starting.child.kill('SIGINT');
    expect(await starting.ended).toMatchObject({ code: 130 });
    expectNothingLeft(home);
  });

  it('143: SIGTERM takes it back', async () => {
    const home = new Home();
    const starting = home.start(['start', '--command', gatewayCommand('never-ready'), '--port', '0', '--verbose']);
    await starting.line('stderr', (line) => line.includes('waiting until it is ready'));
    starting.child.kill('SIGTERM');
    expect(await starting.ended).toMatchObject({ code: 143, signal: null, stdout: '' });
    expectNothingLeft(home);
  });
});

it('leaves a gateway that waits for its user running, and says what is missing with exit 4', async () => {
  const home = new Home();
  const { writeFileSync } = await import('node:fs');
  const { join } = await import('node:path');
  const [theirs, ours] = [join(home.folder, 'theirs'), join(home.folder, 'ours')];
  writeFileSync(theirs, 'right\n');
  writeFileSync(ours, 'wrong\n');
  const command = `${gatewayCommand()} --token-file '${theirs}'`;
  const ended = await home.start(['start', '--command', command, '--port', '0', '--json'], {
    env: { DESKCLAW_TOKEN_FILE: ours },
    input: '',
  }).ended;
  expect(ended).toMatchObject({ code: 4, stdout: '' });
  expect(parseDocument(ended.stderr)).toMatchObject({ error: { code: 'auth.token-mismatch' } });
  expect(ended.stderr).not.toContain('wrong');
  const status = await home.run('status', '--json');
  expect(status).toMatchObject({ code: 4 });
  expect(parseDocument(status.stdout)).toMatchObject({
    gateway: { state: 'error', problem: { code: 'auth.token-mismatch' } },
  });
  expect(isAlive(numberAt(parseDocument(status.stdout), 'gateway.pid'))).toBe(true);
  await home.run('stop');
  expectNothingLeft(home);
});

describe('a gateway that somebody else started', () => {
  async function foreign(home: Home, port: number): Promise<number> {
    const command = splitCommand(gatewayCommand().replace('{port}', String(port)));
    if (!command.ok) throw new Error('no command');
    const [program, ...args] = command.argv;
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'], env: { HOME: home.folder } });
    await once(child.stdout, 'data');
    return child.pid ?? 0;
  }

  it('start attaches to a gateway of someone else and stop detaches from it', async () => {
    const home = new Home();
    const port = await freePort();
    const pid = await foreign(home, port);
    const started = await home.run('start', '--command', gatewayCommand(), '--port', String(port));
    expect(started).toMatchObject({ code: 0 });
    expect(started.stderr).toContain('Attached to a gateway that someone else started');
    const stopped = await home.run('stop');
    expect(stopped).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Detached from the gateway at ws:/) });
    await home.document('start', '--command', gatewayCommand(), '--port', String(port));
    expect(await home.document('stop')).toMatchObject({
      outcome: 'applied',
      detachedFrom: expect.stringMatching(/^ws:/),
    });
    expect(isAlive(pid)).toBe(true);
  });

  it('start prints a working next step when the gateway of someone else rejects it', async () => {
    const home = new Home();
    const server = createServer((_, response) => response.writeHead(404).end()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const ended = await home.run('start', '--gateway', 'builtin', '--port', String(port), '--json');
    server.close();
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(parseDocument(ended.stderr)).toMatchObject({
      error: {
        code: 'port.in-use',
        actions: [{ command: `deskclaw start --gateway builtin --port ${String(port + 1)}` }, {}],
      },
    });
  });
});
