import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { closeAll, connect, gateway, temporaryDirectory } from '../harness/gateways.ts';
import { openClawClient } from '../harness/openclaw-client.ts';
import { endPrograms, Program, run } from '../harness/program.ts';

afterEach(async () => {
  await closeAll();
  await endPrograms();
});

const url = (port: number): string => `ws://127.0.0.1:${port}/ws`;

describe('the command line', () => {
  it.each<[readonly string[], string]>([
    [[], '--port is missing'],
    [['--port'], 'port'],
    [['--port', 'http'], '--port must be a whole number from 0 to 65535, not "http"'],
    [['--port', '65536'], '--port must be'],
    [['--port', '-1'], 'port'],
    [['--port', '0', '--dialect', 'klingon'], '--dialect must be one of jsonrpc, openclaw, both, not "klingon"'],
    [['--port', '0', '--colour'], '--colour'],
    [['--port', '0', 'extra'], 'extra'],
    [['--port', '0', '--host', ''], '--host must not be empty'],
    [['--port', '0', '--model', 'm'], '--model needs --model-url'],
    [['--port', '0', '--model-url', 'http://x/v1'], '--model-url needs --model'],
    [['--port', '0', '--model-url', 'x', '--model', 'm'], '--model-url must be an http or https address'],
    [['--port', '0', '--tick-ms', '0'], '--tick-ms must be'],
    [['--port', '0', '--fault', 'flap=10'], '--allow-faults'],
    [['--port', '0', '--allow-faults', '--fault', 'gremlins'], 'there is no fault "gremlins"'],
    [['--port', '0', '--allow-faults', '--fault', 'flap'], 'write it as flap=MS'],
    [['--port', '0', '--allow-faults', '--fault', 'no-pong=1'], 'no-pong takes no value'],
    [['--port', '0', '--allow-faults', '--fault', 'close=999:5'], 'write it as close=CODE:AFTER_MS'],
    [['--port', '0', '--allow-faults', '--fault', 'flap=1', '--fault', 'flap=2'], 'given twice'],
  ])('%j is refused with exit code 2', async (args, words) => {
    const { code, stdout, stderr } = await run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(words);
    expect(stderr).toContain('--help');
  });

  it('the program prints its help, version and faults', async () => {
    expect(await run(['--help'])).toMatchObject({ code: 0, stdout: expect.stringContaining('--token-file F') });
    expect(await run(['--version'])).toMatchObject({ code: 0, stdout: '0.2.0\n' });
    expect(await run(['--list-faults'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('restart-in-process=MS'),
    });
  });
});

describe('a start', () => {
  it('says one line, with the real port', async () => {
    const program = await Program.listening([]);
    expect(program.stdout).toBe(
      `deskclaw-gateway 0.2.0 listening on http://127.0.0.1:${program.port} (jsonrpc, pid ${program.pid})\n`,
    );
    expect(program.stderr).toBe('');
    expect(await (await connect(url(program.port))).call('system.health', { deep: true })).toMatchObject({
      pid: program.pid,
      connections: 1,
    });
  });

  it('a start on a port in use exits with 1 and names the port', async () => {
    const { port } = await gateway();
    const { code, stderr } = await run(['--port', String(port)]);
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`port ${port} .*EADDRINUSE`));
  });

  it.each([
    ['missing', undefined],
    ['empty', '\n'],
    ['of several lines', 'one\ntwo\n'],
    ['huge', 'x'.repeat(5000)],
  ])('a start with a token file that is %s exits with 78', async (_what, content) => {
    const file = join(temporaryDirectory(), 'token');
    if (content !== undefined) writeFileSync(file, content, { mode: 0o600 });
    const { code, stderr } = await run(['--port', '0', '--token-file', file]);
    expect(code).toBe(78);
    expect(stderr).toContain(file);
  });

  it('a start with an unusable data directory exits with 78', async () => {
    const file = join(temporaryDirectory(), 'file');
    writeFileSync(file, '');
    const { code, stderr } = await run(['--port', '0', '--data', join(file, 'deep')]);
    expect(code).toBe(78);
    expect(stderr).toContain(file);
  });

  it('a start on a public address without a token exits with 78', async () => {
    const { code, stderr } = await run(['--port', '0', '--host', '0.0.0.0']);
    expect(code).toBe(78);
    expect(stderr).toContain('refusing to listen on 0.0.0.0 without a token');
  });

  it('takes the token from its file, and warns when others can read it', async () => {
    const file = join(temporaryDirectory(), 'token');
    writeFileSync(file, 'file-token\n', { mode: 0o644 });
    const program = await Program.listening(['--token-file', file]);
    expect(program.stderr).toContain('chmod 600');
    expect(program.stderr).not.toContain('file-token');
    const client = await connect(url(program.port));
    expect(await client.refusal('system.health')).toMatchObject({ code: -32002 });
    expect(await client.call('auth.login', { token: 'file-token' })).toEqual({ ok: true });
  });

  it('speaks OpenClaw, ticking as told', async () => {
    const program = await Program.listening(['--dialect', 'openclaw', '--tick-ms', '20']);
    await (await openClawClient(url(program.port))).event('tick');
  });

  it('keeps its state in --data', async () => {
    const directory = join(temporaryDirectory(), 'made', 'for', 'it');
    const first = await Program.listening(['--data', directory]);
    await (await connect(url(first.port))).call('system.updateConfig', { config: { stored: true } });
    // Killed, not stopped: what was answered is on disk.
    first.kill('SIGKILL');
    await first.exited;
    const second = await Program.listening(['--data', directory]);
    expect(await (await connect(url(second.port))).call('system.config')).toEqual({ config: { stored: true } });
  });

  it('tells on stderr of a file it had to put aside', async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'cron.json'), '{"format":1,"val');
    const program = await Program.listening(['--data', directory]);
    await program.until(() => program.stderr.includes('put aside'), 'the warning');
    expect(program.stderr).toContain(join(directory, 'cron.json'));
  });
});

describe('an end', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'a stop by %s is announced, closes with 1001 and exits with 0',
    async (signal) => {
      const program = await Program.listening([]);
      const client = await connect(url(program.port));
      await client.any();
      program.kill(signal);
      expect(await client.notification('gateway.status_changed')).toMatchObject({ state: 'stopping' });
      expect(await client.closed).toMatchObject({ code: 1001 });
      expect(await program.exited).toEqual({ code: 0, signal: null });
    },
  );

  it('a stop in the OpenClaw dialect sends a shutdown event and 1012', async () => {
    const program = await Program.listening(['--dialect', 'both']);
    const client = await openClawClient(url(program.port));
    program.kill('SIGTERM');
    expect((await client.event('shutdown'))['payload']).toEqual({ reason: 'gateway stopping' });
    expect(await client.closed).toMatchObject({ code: 1012 });
    expect(await program.exited).toEqual({ code: 0, signal: null });
  });

  it('does not wait for a client that sleeps, nor for a long reply', async () => {
    const program = await Program.listening([]);
    const client = await connect(url(program.port));
    await client.call('chat.send', { message: 'word '.repeat(500) });
    client.socket.pause();
    program.kill('SIGTERM');
    expect(await program.exited).toEqual({ code: 0, signal: null });
  });

  it('does not come because who started it hung up', async () => {
    const program = await Program.listening(['--verbose']);
    program.child.stdout?.destroy();
    program.child.stderr?.destroy();
    // Each connection is a line on a stderr that nobody holds any more.
    for (let round = 0; round < 3; round += 1) await (await connect(url(program.port))).call('system.health');
    expect(await (await connect(url(program.port))).call('system.health')).toMatchObject({ ok: true });
  });

  it('comes during a slow boot as well', async () => {
    const program = new Program([
      '--port',
      '0',
      '--allow-faults',
      '--fault',
      'grandchild',
      '--fault',
      'slow-boot=60000',
    ]);
    await program.until(() => program.stderr.includes('grandchild'), 'the boot');
    process.kill(Number(/grandchild (\d+)/.exec(program.stderr)?.[1]), 'SIGKILL');
    program.kill('SIGTERM');
    expect(await program.exited).toEqual({ code: 0, signal: null });
    expect(program.stdout).toBe('');
  });
});

describe('the lifeline', () => {
  it('ends the gateway when stdin ends', async () => {
    const program = await Program.listening(['--lifeline'], { holdStdin: true });
    const client = await connect(url(program.port));
    await client.call('system.health');
    program.child.stdin?.end();
    expect(await program.exited).toEqual({ code: 0, signal: null });
    expect(await client.closed).toMatchObject({ code: 1001 });
  });

  it('without it, the end of stdin means nothing', async () => {
    const program = await Program.listening([], { holdStdin: true });
    program.child.stdin?.end();
    const client = await connect(url(program.port));
    expect(await client.call('system.health')).toMatchObject({ ok: true });
  });
});
