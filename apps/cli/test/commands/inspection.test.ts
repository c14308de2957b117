import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Home, parseDocument, parseDocuments, shareHome } from '../support/deskclaw.ts';
import { gatewayCommand } from '../support/gateway-command.ts';
import { at, listAt, numberAt } from '../support/shape.ts';

async function running(): Promise<Home> {
  const home = new Home();
  await home.startBuiltin();
  return home;
}

/** For tests that only read. */
const shared = shareHome((home) => home.startBuiltin());

function texts(document: unknown): readonly string[] {
  return listAt(document, 'records').map((record) => String(at(record, 'text')));
}

describe('logs', () => {
  it('hold what the gateway printed and what its supervisor did', async () => {
    const home = shared();
    const all = await home.document('logs');
    expect(all).toMatchObject({ schema: 'deskclaw.logs/1', truncated: false });
    expect(texts(all).join('\n')).toMatch(/listening on http:\/\/127\.0\.0\.1:\d+/);
    expect(texts(all).join('\n')).toContain('starting -> running');
    const plain = await home.run('logs');
    expect(plain.stdout.trimEnd().split('\n')).toHaveLength(texts(all).length);
    expect(plain.stdout).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d supervisor Host /);
  });

  it('logs filters by source, level, pattern, time and number', async () => {
    const home = shared();
    const sources = listAt(await home.document('logs', '--source', 'gateway'), 'records').map((each) =>
      at(each, 'source'),
    );
    expect(new Set(sources)).toEqual(new Set(['gateway']));
    expect(texts(await home.document('logs', '--level', 'error'))).toEqual([]);
    expect(texts(await home.document('logs', '--grep', 'owns profile'))).toHaveLength(1);
    expect(texts(await home.document('logs', '-n', '1'))).toHaveLength(1);
    expect(await home.document('logs', '-n', '1')).toMatchObject({ truncated: true });
    expect(texts(await home.document('logs', '--since', '1h'))).not.toEqual([]);
    expect(texts(await home.document('logs', '--since', '2100-01-01'))).toEqual([]);
  });

  it('go on as lines appear, each once, and end with the host', async () => {
    const home = await running();
    const following = home.start(['logs', '-f', '--json'], { input: '' });
    await following.line('stdout', (line) => line.includes('starting -> running'));
    await home.run('restart');
    await following.line('stdout', (line) => line.includes('stopping ->'));
    await home.run('stop');
    const ended = await following.ended;
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const records = parseDocuments(ended.stdout);
    for (const record of records)
      expect(record).toMatchObject({ schema: 'deskclaw.log/1', at: expect.stringMatching(/Z$/) });
    expect(records.filter((record) => String(record['text']).includes('owns profile'))).toHaveLength(1);
  });

  it('followed, are left by Ctrl-C with exit 130 and by SIGTERM with 143', async () => {
    const home = shared();
    for (const [signal, code] of [['SIGINT', 130] as const, ['SIGTERM', 143] as const]) {
      const following = home.start(['logs', '-f'], { input: '' });
      await following.line('stdout', (line) => line.includes('running'));
      following.child.kill(signal);
      expect(await following.ended).toMatchObject({ code, signal: null });
    }
  });

  it('log lines can neither move the cursor nor colour the terminal', async () => {
    const home = new Home();
    await home.document(
      'start',
      '--command',
      gatewayCommand('stderr-text=\u001b[31mred\u001b]0;owned\u0007'),
      '--port',
      '0',
    );
    const ended = await home.run('logs', '--source', 'gateway');
    expect(ended.stdout).toContain('red');
    expect(ended.stdout.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });
});

describe('after the host is gone', () => {
  it('logs and history still tell what it did', async () => {
    const home = await running();
    const before = texts(await home.document('logs'));
    await home.run('stop');
    const logs = await home.run('logs', '--json');
    expect(logs).toMatchObject({ code: 0, stderr: '' });
    const after = texts(parseDocument(logs.stdout));
    expect(after.slice(0, before.length)).toEqual(before);
    expect(after.at(-1)).toBe('Host ends');
    expect(texts(await home.document('logs', '--grep', 'owns profile'))).toHaveLength(1);
    expect(texts(await home.document('logs', '-n', '1'))).toEqual(['Host ends']);
    expect(texts(await home.document('logs', '--since', '2100-01-01'))).toEqual([]);
    const words = await home.run('logs');
    expect(words.stderr).toContain('No host is running. These are the logs of the last one.');
    const history = listAt(await home.document('history'), 'records');
    expect(history.map((record) => at(record, 'what'))).toEqual(expect.arrayContaining(['running', 'exit']));
    expect(await home.run('logs', '-f')).toMatchObject({ code: 3, stdout: '' });
  });

  it('history shows why a start failed', async () => {
    const home = new Home();
    await home.run('start', '--command', gatewayCommand('stderr-text=out of cheese', 'exit=9'), '--port', '0');
    expect((await home.run('logs', '-n', '100')).stdout).toContain('out of cheese');
  });

  it('a line that was cut off in the middle is passed over', async () => {
    const home = await running();
    await home.run('stop');
    const { journal, logs } = await home.document('paths');
    const known = listAt(await home.document('history'), 'records').length;
    appendFileSync(String(journal), '{"at":1795468742518,"category":"proc');
    appendFileSync(`${String(logs)}/gateway.log`, '2026-11-23T21:1');
    expect(listAt(await home.document('history'), 'records')).toHaveLength(known);
    expect(texts(await home.document('logs')).at(-1)).toBe('Host ends');
  });

  it('history and logs print nothing before the first start', async () => {
    const home = new Home();
    expect(await home.document('logs')).toEqual({ schema: 'deskclaw.logs/1', records: [], truncated: false });
    expect(await home.document('history')).toEqual({ schema: 'deskclaw.history/1', rows: [], records: [] });
  });
});

it('history tells what happened, when, and after how long', async () => {
  const home = shared();
  await home.run('restart');
  const document = await home.document('history');
  expect(document).toMatchObject({ schema: 'deskclaw.history/1' });
  const categories = new Set(listAt(document, 'records').map((record) => at(record, 'category')));
  expect([...categories]).toEqual(expect.arrayContaining(['process', 'connection']));
  expect(listAt(await home.document('history', '-n', '2'), 'records')).toHaveLength(2);
  expect(listAt(await home.document('history', '--since', '2100-01-01'), 'records')).toEqual([]);
  const records = await home.run('history', '--records');
  expect(records.stdout).toMatch(/^when +category +what +after +cause\n\d{4}-\d\d-\d\d /);
  const plain = await home.run('history');
  expect(plain.stdout).toMatch(
    /^when +what +down +details\n\d{4}-\d\d-\d\d [\d:]+ +Started .*\n\d{4}-\d\d-\d\d [\d:]+ +Restarted /,
  );
  expect(listAt(document, 'rows')).toMatchObject([
    { type: 'action', what: 'start', outcome: 'done', by: 'command' },
    { type: 'action', what: 'restart', outcome: 'done', command: 'deskclaw restart' },
  ]);
});

describe('status --watch', () => {
  it('prints a document for each change, the last one when the host is gone, and exits 3', async () => {
    const home = await running();
    const watching = home.start(['status', '--watch', '--json'], { input: '' });
    await watching.line('stdout', (line) => line.includes('"running"'));
    await home.run('restart');
    await watching.line('stdout', (line) => line.includes('"generation":2') && line.includes('"running"'));
    await home.run('stop');
    const ended = await watching.ended;
    expect(ended).toMatchObject({ code: 3, stderr: '' });
    const documents = parseDocuments(ended.stdout);
    for (const document of documents)
      expect(document).toMatchObject({ schema: 'deskclaw.status/1', profile: 'default' });
    const states = documents.map((document) => at(document, 'gateway.state'));
    expect(states[0]).toBe('running');
    expect(states).toEqual(expect.arrayContaining(['stopping', 'starting']));
    expect(documents.at(-1)).toMatchObject({ host: null, gateway: { state: 'stopped' } });
  });

  it('prints a line for each change into a pipe, until Ctrl-C', async () => {
    const home = shared();
    const watching = home.start(['status', '--watch'], { input: '' });
    expect(await watching.line('stdout', () => true)).toMatch(/^\d\d:\d\d:\d\d running \(ready\) pid \d+$/);
    watching.child.kill('SIGINT');
    expect(await watching.ended).toMatchObject({ code: 130, signal: null });
  });
});

/** These wait for a deadline, so they wait together; each in a home of its own. */
describe.concurrent('commands that wait', () => {
  it('a pattern that backtracks for ever is stopped, with and without a host, and the host answers meanwhile', async (context) => {
    const home = new Home({}, context.onTestFinished);
    const command = gatewayCommand(`stderr-text=${'a'.repeat(40)}!`);
    await home.document('start', '--command', command, '--port', '0');
    const stopped = { code: 2, stdout: '', stderr: expect.stringContaining('"^(a+)+$" was stopped after 2 s') };
    const search = home.start(['logs', '--grep', '^(a+)+$'], { input: '' });
    const followed = home.start(['logs', '-f', '--grep', '^(a+)+$'], { input: '' });
    expect(await home.document('status')).toMatchObject({ gateway: { state: 'running' } });
    expect(await Promise.all([search.ended, followed.ended])).toMatchObject([stopped, stopped]);
    await home.document('stop');
    expect(await home.run('logs', '--grep', '^(a+)+$')).toMatchObject({
      ...stopped,
      stderr: expect.stringContaining('"^(a+)+$" was stopped'),
    });
  });

  it('health exits 5 when the gateway is frozen', async (context) => {
    const home = new Home({}, context.onTestFinished);
    const pid = numberAt(await home.startBuiltin(), 'pid');
    process.kill(pid, 'SIGSTOP');
    const ended = await home.run('health', '--json');
    process.kill(pid, 'SIGCONT');
    expect(ended).toMatchObject({ code: 5, stderr: '' });
    expect(parseDocument(ended.stdout)).toMatchObject({ ok: false });
    expect(await home.run('health')).toMatchObject({ code: 0 });
  });
});

it('status exits 5 while the gateway runs and cannot be reached', async () => {
  const home = new Home();
  // Long enough between two attempts to look.
  const settings = { reconnect: { baseDelayMs: 20_000, maxDelayMs: 30_000 } };
  mkdirSync(join(home.folder, 'config'));
  writeFileSync(join(home.folder, 'config', 'config.json'), JSON.stringify(settings));
  await home.document('start', '--command', gatewayCommand('close=1006:100'), '--port', '0');
  const watching = home.start(['status', '--watch', '--json'], { input: '' });
  await watching.line('stdout', (line) => line.includes('"reconnecting"') && line.includes('"phase":"waiting-retry"'));
  const status = await home.run('status', '--json');
  expect(status).toMatchObject({ code: 5 });
  expect(parseDocument(status.stdout)).toMatchObject({ gateway: { state: 'reconnecting', pid: expect.any(Number) } });
});
