import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { nodeProcessTable } from '../src/ours.ts';

test('a test run that is killed leaves no process and no folder behind', async () => {
  const folder = await mkdtemp(join(await realpath(tmpdir()), 'guard-'));
  const workplace = join(import.meta.dirname, '..', 'src', 'workplace.ts');
  await writeFile(
    join(folder, 'run.ts'),
    `import { spawn } from 'node:child_process';
     import { makeWorkplace } from '${workplace}';
     const { root, env } = await makeWorkplace(undefined);
     const left = spawn('sleep', ['600'], { env, detached: true, stdio: 'ignore' });
     console.log(JSON.stringify({ root, pid: left.pid }));
     setInterval(() => undefined, 1000);`,
  );
  const run = spawn(process.execPath, [join(folder, 'run.ts')], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(run.stdout, 'data');
  const { root, pid }: { root: string; pid: number } = JSON.parse(String(line));
  expect(nodeProcessTable.find(pid)).toBeDefined();
  run.kill('SIGKILL');
  await expect.poll(() => nodeProcessTable.find(pid), { timeout: 20_000 }).toBeUndefined();
  await expect.poll(() => existsSync(root), { timeout: 20_000 }).toBe(false);
  await rm(folder, { recursive: true });
});
