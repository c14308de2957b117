import { spawnSync } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Home } from '../support/deskclaw.ts';
import { gatewayCommand } from '../support/gateway-command.ts';

const hasScript = spawnSync('script', ['--version']).status === 0;
const red = '\u001b[31m';
const clearLine = '\u001b[2K';
const interrupt = '\u0003';
const endOfInput = '\u0004';

/** Returns the visible text of a terminal that interprets carriage returns and line clearing. */
function screen(output: string): string {
  return output
    .split('\n')
    .map((line) => stripVTControlCharacters(line.split(clearLine).at(-1) ?? '').replaceAll('\r', ''))
    .join('\n');
}

describe.skipIf(!hasScript)('in a terminal', () => {
  it('errors are coloured, and wrapped to its width', async () => {
    const ended = await new Home().startInTerminal(40, 'health').ended;
    expect(ended.code).toBe(3);
    expect(ended.stdout).toContain(red);
    const lines = screen(ended.stdout).split('\n');
    expect(lines.length).toBeGreaterThan(3);
    for (const line of lines.slice(1)) expect(line.length, line).toBeLessThanOrEqual(40);
  });

  it('JSON is laid out for eyes, without colours', async () => {
    const ended = await new Home().startInTerminal(80, 'version', '--json').ended;
    expect(ended.stdout).toMatch(/^\{\r\n {2}"schema": "deskclaw.version\/1",/);
  });

  it('a start shows its steps on one line, and takes it away', async () => {
    const home = new Home();
    const command = gatewayCommand('slow-boot=400');
    const ended = await home.startInTerminal(100, 'start', '--command', command, '--port', '0').ended;
    expect(ended.code).toBe(0);
    expect(ended.stdout).toContain('Starting the gateway: waiting until it is ready');
    expect(screen(ended.stdout)).not.toContain('Starting the gateway');
    expect(screen(ended.stdout)).toMatch(/^Gateway {2}● running {3}pid \d+/);
    expect(ended.stdout).not.toContain('usually');
    await home.run('stop');
    const again = await home.startInTerminal(100, 'start', '--command', command, '--port', '0').ended;
    expect(again.stdout).toMatch(/waiting until it is ready \(\d+ ms, usually ready in [\d.]+ m?s\)/);
  });

  it('status --watch draws over itself', async () => {
    const home = new Home();
    await home.startBuiltin();
    const watching = home.startInTerminal(80, 'status', '--watch');
    await watching.shown('stdout', /running/);
    await home.run('restart');
    await watching.shown('stdout', /restarts|starting/);
    watching.child.stdin.write(interrupt);
    const ended = await watching.ended;
    expect(ended.code).toBe(130);
    expect(ended.stdout.replaceAll('\u001b', 'ESC')).toMatch(/ESC\[\d+A/);
  });

  it('a start that is interrupted takes its line away too', async () => {
    const home = new Home();
    const starting = home.startInTerminal(100, 'start', '--command', gatewayCommand('never-ready'), '--port', '0');
    await starting.shown('stdout', /waiting until it is ready/);
    starting.child.stdin.write(interrupt);
    const ended = await starting.ended;
    expect(ended.code).toBe(130);
    expect(screen(ended.stdout)).toContain('Cancelling the start.');
    expect(screen(ended.stdout)).not.toContain('Starting the gateway');
    expect(await home.run('status')).toMatchObject({ code: 3 });
  });

  it('a conversation ends with its host', async () => {
    const home = new Home();
    await home.startBuiltin();
    const talking = home.startInTerminal(80, 'chat');
    await talking.shown('stdout', /you> /);
    await home.run('stop');
    talking.child.stdin.write('hello\n');
    const ended = await talking.ended;
    expect(ended.code).toBe(1);
    expect(ended.stdout).toContain('host.unreachable');
  });

  it('a conversation goes on until its end: replies, one taken back by Ctrl-C, and Ctrl-D', async () => {
    const home = new Home();
    await home.startBuiltin();
    const talking = home.startInTerminal(80, 'chat');
    await talking.shown('stdout', /you> /);
    talking.child.stdin.write('hello\n');
    await talking.shown('stdout', /Echo \(no model configured\): hello.*you> /s);
    const long = Array.from({ length: 60 }, (_, index) => `w${String(index)}`).join(' ');
    talking.child.stdin.write(`${long}\n`);
    await talking.shown('stdout', /configured\): w0 w1/);
    talking.child.stdin.write(interrupt);
    await talking.shown('stdout', /configured\): w0.*you> /s);
    talking.child.stdin.write('still there?\n');
    await talking.shown('stdout', /configured\): still there\?.*you> /s);
    talking.child.stdin.write(endOfInput);
    expect((await talking.ended).code).toBe(0);
    const history = await home.run('call', 'chat.history');
    const states = [...history.stdout.matchAll(/"role":"assistant".*?"state":"(\w+)"/g)].map((match) => match[1]);
    expect(states).toEqual(['final', 'aborted', 'final']);
  });
});
