import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { root } from '../setup/workspace.mjs';

function checkPage(text: string) {
  const folder = mkdtempSync(join(tmpdir(), 'deskclaw-docs-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const page = join(folder, 'state-tables.md');
  writeFileSync(page, text);
  const script = join(root, 'scripts/generate-docs.mjs');
  return spawnSync(process.execPath, [script, '--check', page], { encoding: 'utf8' });
}

test('check of the generated page passes for the page in docs and fails for a changed one', () => {
  const page = readFileSync(join(root, 'docs/state-tables.md'), 'utf8');
  expect(checkPage(page)).toMatchObject({ status: 0, stdout: '' });
  const changed = page.replace('booting --> running', 'booting --> idle');
  expect(changed).not.toBe(page);
  const stale = checkPage(changed);
  expect(stale.status).toBe(1);
  expect(stale.stdout).toContain('is stale');
});
