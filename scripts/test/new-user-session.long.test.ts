import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { root } from '../setup/workspace.mjs';

const hasTerminal = ['tmux', 'man', 'bash'].every((name) => spawnSync(name, ['-V']).error === undefined);
const commandsOf = (recording: string): readonly string[] =>
  recording
    .split('\n')
    .flatMap((line) =>
      line.startsWith('you@desk:~$ ') ? [line.slice(12).replace(/^kill -9 \d+$/, 'kill -9 PID')] : [],
    );

test.skipIf(!hasTerminal)(
  'a new user gets from nothing to a chat, the cause of a crash and a bundle, as the page in docs shows',
  { timeout: 180_000 },
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'deskclaw-recording-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'session.txt');
    execFileSync(process.execPath, [join(root, 'scripts/new-user-session.mjs'), file], { stdio: 'pipe' });
    const recorded = readFileSync(file, 'utf8');
    const page = readFileSync(join(root, 'docs/new-user-session.txt'), 'utf8');
    expect(commandsOf(recorded)).toEqual(commandsOf(page));
    for (const line of recorded.split('\n')) expect(line.length, line).toBeLessThanOrEqual(400);
  },
);
