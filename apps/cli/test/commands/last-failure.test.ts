import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freePort, Home, parseDocument } from '../support/deskclaw.ts';
import { gatewayCommand, gatewayFile } from '../support/gateway-command.ts';
import { at } from '../support/shape.ts';

function writeConfig(home: Home, text: string): void {
  mkdirSync(join(home.folder, 'config'), { recursive: true });
  writeFileSync(join(home.folder, 'config', 'config.json'), text);
}

describe('X1: a failed start is still shown after its command and its host have ended', () => {
  it('status tells the same story as start, with the command that failed, until the gateway runs', async () => {
    const home = new Home();
    const port = String(await freePort());
    const failed = await home.run('start', '--command', 'no-such-gateway --port {port}', '--port', port);
    expect(failed.code).toBe(78);

    const screen = await home.run('status');
    expect(screen).toMatchObject({ code: 3, stderr: '' });
    const story = failed.stderr.slice(failed.stderr.indexOf('✗'), failed.stderr.indexOf('\n\n'));
    expect(screen.stdout).toContain(story);
    expect(screen.stdout).toMatch(/^Gateway {2}○ stopped\nFailed {3}\d\d:\d\d:\d\d/);
    const command = `deskclaw start --command "no-such-gateway --port {port}" --port ${port}`;
    expect(screen.stdout).toContain(`then start again:  ${command}\n`);
    expect(parseDocument((await home.run('status', '--json')).stdout)).toMatchObject({
      gateway: {
        state: 'stopped',
        port: Number(port),
        lastFailure: { command, problem: { code: 'gateway.not-found' } },
      },
      choice: { command: ['no-such-gateway', '--port', '{port}'], port: Number(port) },
    });

    await home.document('start', '--gateway', 'builtin', '--port', '0');
    expect(at(await home.document('status'), 'gateway')).not.toHaveProperty('lastFailure');
    await home.document('stop');
    expect((await home.run('status')).stdout).not.toContain('Failed');
  });

  it('a failure before there is a host is kept too, and history tells of it', async () => {
    const home = new Home();
    writeConfig(home, '{"port": ');
    const failed = await home.run('--profile', 'work', 'start', '--port', '0');
    expect(failed.code).toBe(78);
    const { gateway } = parseDocument((await home.run('--profile', 'work', 'status', '--json')).stdout);
    expect(gateway).toMatchObject({
      lastFailure: { command: 'deskclaw --profile work start --port 0', problem: { code: 'config.invalid' } },
    });
    const { records } = await home.document('--profile', 'work', 'history');
    expect(records).toMatchObject([
      { category: 'intent', what: 'start' },
      { category: 'process', what: 'failed', cause: expect.stringContaining('config.json') },
    ]);
  });
});

describe('what a start chose by its options is kept', () => {
  it('a start without options repeats it, also in another host, and status names it', async () => {
    const home = new Home();
    const port = await freePort();
    await home.document('start', '--command', gatewayCommand(), '--port', String(port));
    await home.document('stop');
    const stopped = await home.run('status');
    expect(stopped.stdout).toContain('Chosen   --command');
    expect(stopped.stdout).toContain('to change: deskclaw start --gateway openclaw');
    expect(await home.document('start')).toMatchObject({ gateway: { state: 'running', port } });
    expect(at(await home.document('status'), 'choice.port')).toBe(port);
    await home.document('stop');

    // Settings that were changed since say it last.
    writeConfig(home, JSON.stringify({ gateway: 'builtin', port: 0 }));
    const { gateway } = await home.document('start');
    expect(gateway).toMatchObject({ state: 'running' });
    expect(await home.document('status')).not.toHaveProperty('choice');
  });

  it('a command with secret arguments is not stored with them, and the next start asks for it', async () => {
    const home = new Home();
    await home.run('start', '--command', 'no-such-gateway --api-key CANARY-11', '--port', '0');
    const state = join(home.folder, 'state', 'default');
    for (const file of ['last-start.json', 'last-failure.json']) {
      expect(readFileSync(join(state, file), 'utf8')).not.toContain('CANARY');
    }
    const ended = await home.run('start');
    expect(ended).toMatchObject({ code: 2 });
    expect(ended.stderr).toContain('Name the whole command again');
  });
});

describe('X4: the last line with words that a program printed comes before the words of the layers above it', () => {
  /** A gateway that crashes when asked to and then at each start, with an error and, last of all, a box. */
  const crashing = String.raw`
const { createServer } = require('node:http');
const { existsSync, writeFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const [port, broken, installed] = process.argv.slice(2);
const fail = (error) => {
  console.error('Error: plugin-x: ' + error);
  console.error('    at load (plugin.js:1:1)\n┌────────────┐\n│ ────────── │\n└────────────┘');
  process.exit(3);
};
if (existsSync(broken)) fail('cannot read settings');
const { WebSocketServer } = createRequire(installed)('ws');
const server = createServer((request, response) => response.end());
new WebSocketServer({ server }).on('connection', (socket) =>
  socket.on('message', (data) => {
    const { id, method } = JSON.parse(data);
    if (method !== 'crash') return socket.send(JSON.stringify({ jsonrpc: '2.0', id, result: {} }));
    writeFileSync(broken, '');
    fail('lost its database');
  }),
);
server.listen(Number(port), '127.0.0.1');
`;

  it('in status, health, history, why, the failure of a restart, and what is kept of it', async () => {
    const home = new Home();
    const program = join(home.folder, 'crashing.cjs');
    const broken = join(home.folder, 'broken');
    writeFileSync(program, crashing);
    writeConfig(home, JSON.stringify({ gateway: 'builtin', crash: { maxCrashes: 1 } }));
    const words = [process.execPath, program, '{port}', broken, gatewayFile];
    await home.document('start', '--command', words.map((word) => `'${word}'`).join(' '), '--port', '0');
    const watched = home.start(['status', '--watch', '--json'], { input: '' });
    // Which of the two is noticed first, the end of the process or that of its socket, decides what this request is told.
    expect(await home.run('call', 'crash')).toMatchObject({ stdout: '' });
    await watched.line('stdout', (line) => at(parseDocument(line), 'gateway.state') === 'error');
    watched.child.kill();

    const said = 'Error: plugin-x: cannot read settings';
    const first = `crashed (exit code 3): ${said}`;
    expect((await home.run('status')).stdout).toContain(first);
    const { gateway } = parseDocument((await home.run('status', '--json')).stdout);
    expect(gateway).toMatchObject({ lastExit: { said }, problem: { detail: expect.stringContaining(first) } });
    expect((await home.run('health')).stdout).toContain(`the process ended with exit code 3: ${said}`);
    expect((await home.run('history')).stdout).toContain(`exit code 3; last output: ${said}`);
    expect((await home.run('why')).stdout).toContain(`ended with exit code 3: ${said}\n`);
    const restart = await home.run('restart');
    expect(restart).toMatchObject({ code: 1, stderr: expect.stringContaining(first) });
    expect((await home.run('history')).stdout).toContain(`Restart failed: The gateway exited: `);
    await home.run('stop');
    expect((await home.run('status')).stdout).toContain(first);
  });
});
