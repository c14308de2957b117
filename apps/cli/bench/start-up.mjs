/**
 * What a command costs before it does anything: ratios to `node empty.cjs`, measured in turns so that a busy machine
 * slows all alike. Run: `node bench/start-up.mjs [ROUNDS]`; it starts a built-in gateway of its own.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const rounds = Number(process.argv[2] ?? 21);
const bin = join(import.meta.dirname, '../dist/deskclaw.cjs');
const folder = mkdtempSync(join(tmpdir(), 'deskclaw-bench-'));
const empty = join(folder, 'empty.cjs');
writeFileSync(empty, '');

/** The wall time in ms of one run. */
function run(home, args) {
  const env = { PATH: process.env.PATH, HOME: folder, LANG: 'C.UTF-8', DESKCLAW_HOME: join(folder, home) };
  const startedAt = performance.now();
  spawnSync(process.execPath, args, { env, stdio: 'ignore' });
  return performance.now() - startedAt;
}

/** Name, what it may cost at most (times empty), its home and arguments. */
const cases = [
  { name: 'node empty.cjs', goal: 1, home: 'none', args: [empty] },
  { name: '--version', goal: 1.5, home: 'none', args: [bin, '--version'] },
  { name: '--help', goal: 1.5, home: 'none', args: [bin, '--help'] },
  { name: 'status, no host', goal: 1.6, home: 'none', args: [bin, 'status'] },
  { name: 'status, running', goal: 2.2, home: 'running', args: [bin, 'status'] },
  { name: 'call, running', goal: 2.2, home: 'running', args: [bin, 'call', 'system.health'] },
];

try {
  run('running', [bin, 'start', '--gateway', 'builtin', '--port', '0']);
  const times = cases.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    cases.forEach(({ home, args }, index) => {
      times[index]?.push(run(home, args));
    });
  }
  const least = times.map((all) => Math.min(...all));
  cases.forEach(({ name, goal }, index) => {
    const ratio = (least[index] ?? 0) / (least[0] ?? 1);
    console.log(
      `${name.padEnd(18)} ${(least[index] ?? 0).toFixed(1).padStart(6)} ms  ${ratio.toFixed(2)}x  goal ${goal.toFixed(1)}x ${ratio <= goal ? '' : '  above'}`,
    );
  });
} finally {
  run('running', [bin, 'stop', '--force']);
  rmSync(folder, { recursive: true, force: true });
}
