import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Home, parseDocument } from '../support/deskclaw.ts';

const root = join(import.meta.dirname, '../../../..');
const replayProgram = join(root, 'verify/replay/src/main.ts');

/** Crashes the gateway of a home, and waits until it is back. */
async function crash(home: Home, pid: number): Promise<void> {
  const watching = home.start(['status', '--watch', '--json']);
  await watching.line('stdout', (line) => line.includes(`"pid":${String(pid)}`));
  process.kill(pid, 'SIGKILL');
  await watching.line('stdout', (line) => line.includes('"state":"running"') && !line.includes(`"pid":${String(pid)}`));
  watching.child.kill('SIGTERM');
  await watching.ended;
}

it('a real crash is exported, replays with the same steps, and becomes a test', { timeout: 120_000 }, async () => {
  const home = new Home({ DESKCLAW_CANARY_TOKEN: 'canary-0123456789' });
  const { gateway } = await home.startBuiltin();
  await crash(home, (gateway as { pid: number }).pid);
  const file = join(home.folder, 'crash.json');
  const written = await home.document('history', '--export', file);
  expect(written).toMatchObject({ schema: 'deskclaw.history-export/1', path: file, steps: expect.any(Number) });
  expect(written['steps']).toBeGreaterThan(10);
  const text = readFileSync(file, 'utf8');
  expect(text).not.toContain('canary-0123456789');

  const shown = execFileSync(process.execPath, [replayProgram, file], { encoding: 'utf8' });
  expect(shown).toMatch(/supervisor exited +terminating/);
  expect(shown).toMatch(/connection .* ready/);
  expect(shown).toMatch(/ 0 depart from the record/);

  const taken = await home.run('history', '--export', file);
  expect(taken).toMatchObject({ code: 2, stderr: expect.stringContaining('exists already. Name another file.') });
  expect(readFileSync(file, 'utf8')).toBe(text);
  const nowhere = await home.run('history', '--export', join(home.folder, 'missing/crash.json'));
  expect(nowhere).toMatchObject({ code: 2, stderr: expect.stringContaining('a folder that does not exist') });

  // After the host is gone, the export is the same: its steps are in the state folder.
  await home.document('stop');
  const again = await home.document('history', '--export', `${file}.2`);
  expect(again['steps']).toBeGreaterThanOrEqual(Number(written['steps']));

  const folder = mkdtempSync(join(root, 'verify/replay/.generated-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const test = join(folder, 'crash.test.ts');
  execFileSync(process.execPath, [replayProgram, file, '--test', test]);
  expect(readFileSync(test, 'utf8')).toContain("'running");
  const run = spawnSync(join(root, 'node_modules/.bin/vitest'), ['run', '--root', folder], { encoding: 'utf8' });
  expect(run.stdout).toMatch(/1 passed/);
  expect(run.status).toBe(0);
});

it('an export without an interruption says so, and changes nothing', async () => {
  const home = new Home();
  const ended = await home.run('history', '--export', join(home.folder, 'x.json'));
  expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('no interruption') });
  const document = await home.run('history', '--export', join(home.folder, 'x.json'), '--json');
  expect(document.code).toBe(1);
  expect(parseDocument(document.stdout)).toMatchObject({ path: null, steps: 0 });
});
