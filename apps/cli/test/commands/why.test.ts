import { expect, it } from 'vitest';
import { Home, isAlive } from '../support/deskclaw.ts';
import { at, listAt, numberAt } from '../support/shape.ts';

it('a gateway that was killed is one row, and why explains it, with and without a host', async () => {
  const home = new Home();
  const started = await home.startBuiltin();
  const pid = numberAt(started, 'pid');
  const watching = home.start(['status', '--watch', '--json'], { input: '' });
  await watching.line('stdout', (line) => line.includes('"running"'));
  process.kill(pid, 'SIGKILL');
  await watching.line('stdout', (line) => line.includes('"running"') && line.includes('"restarts":1'));

  const { stdout } = await home.run('history');
  expect(stdout).toMatch(/The gateway was killed from outside and (came back|is not back yet) +\d/);
  const [, incident] = listAt(await home.document('history'), 'rows');
  expect(incident).toMatchObject({
    type: 'incident',
    cause: { kind: 'exit', exit: { signal: 'SIGKILL', cause: 'killed', pid } },
    exits: 1,
    pid,
  });
  await home.document('stop');
  await watching.ended;

  const explained = await home.run('why');
  expect(explained).toMatchObject({ code: 0, stderr: '' });
  expect(explained.stdout).toMatch(/^The gateway was killed from outside and came back\.\n/);
  expect(explained.stdout).toContain(`Process ${String(pid)} ended with signal SIGKILL.`);
  expect(explained.stdout).toContain('DeskClaw did not send that signal');
  expect(explained.stdout).toMatch(/Free memory then: .* of .*/);
  expect(explained.stdout).toMatch(/\+\d.* DeskClaw started the process \(pid \d+\)/);
  expect(explained.stdout).toContain('→ Read what it logged then: deskclaw logs --since ');
  for (const [command, columns] of [
    ['why', 60],
    ['why', 200],
    ['history', 44],
    ['history', 100],
  ] as const) {
    const { stdout: shown } = await home.startInTerminal(columns, command).ended;
    // Colours are there, and none of their marks is left in the text.
    expect(shown).toContain('\u001b[');
    expect(shown).not.toMatch(/:\/?(accent|strong|dim|bad)/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the codes of colours take no place on the screen.
    const lines = shown.split(/\r?\n/).map((line) => line.replaceAll(/\u001b\[\d+m/g, ''));
    const commands = /deskclaw logs --since|journalctl/;
    for (const line of lines.filter((each) => !commands.test(each)))
      expect(line.length, `${command}: ${line}`).toBeLessThanOrEqual(columns);
  }
  const document = await home.document('why');
  expect(document).toMatchObject({ schema: 'deskclaw.why/1', row: { type: 'incident', end: 'recovered' } });
  expect(at(await home.document('why', String(at(document, 'row.at'))), 'row')).toEqual(at(document, 'row'));
  expect(await home.document('why', '2100-01-01')).toEqual({ schema: 'deskclaw.why/1', row: null });
});

it('why explains a failed start by its reason, and history tells it in one row', async () => {
  const home = new Home();
  await home.run('start', '--command', 'no-such-gateway --port {port}', '--port', '0');
  const rows = listAt(await home.document('history'), 'rows');
  expect(rows).toMatchObject([
    { type: 'action', what: 'start', outcome: 'failed', failure: { code: 'gateway.not-found' } },
  ]);
  const explained = await home.run('why');
  expect(explained.stdout).toMatch(/^Start failed: The gateway program cannot be run/);
  // What to do first is with the failure; the same start again would fail again.
  expect(explained.stdout).toContain('deskclaw status');
});

it('history tells that a host was killed, and that the next one adopted its gateway', async () => {
  const home = new Home();
  const started = await home.startBuiltin();
  const host = numberAt(started, 'host.pid');
  process.kill(host, 'SIGKILL');
  await expect.poll(() => isAlive(host)).toBe(false);
  await home.document('start', '--gateway', 'builtin', '--port', '0');
  const records = listAt(await home.document('history'), 'records');
  expect(records).toContainEqual(
    expect.objectContaining({ category: 'host', what: 'killed', data: expect.objectContaining({ pid: host }) }),
  );
  const { stdout } = await home.run('history');
  expect(stdout).toContain('The DeskClaw host was killed');
});

it('why and history say so where nothing happened', async () => {
  const home = new Home();
  expect(await home.run('why')).toMatchObject({
    code: 0,
    stdout: '',
    stderr: 'The journal tells of no interruption.\n',
  });
  expect(await home.run('history')).toMatchObject({
    code: 0,
    stdout: '',
    stderr: 'Nothing happened in that period.\n',
  });
});
