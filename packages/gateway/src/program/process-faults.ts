import { spawn } from 'node:child_process';
import type { FaultValues } from '../faults/table.ts';
import type { Gateway } from '../gateway.ts';

const FLOOD_CHUNK = 64 * 1024;
const LINE = `${'x'.repeat(99)}\n`;
/** Long enough for a test to find it, and short enough that a failed test leaves nothing behind for good. */
const GRANDCHILD_LIFE_MS = 300_000;
const grandchildProgram = `process.on('SIGTERM', () => {}); setTimeout(() => {}, ${GRANDCHILD_LIFE_MS});`;
const RESTART_EXPECTED_MS = 500;

/** Applies the faults of a process before it listens. */
export async function applyBootFaults(faults: FaultValues): Promise<void> {
  const { 'slow-boot': slowBoot, exit } = faults;
  if (faults.grandchild !== undefined) {
    const child = spawn(process.execPath, ['-e', grandchildProgram], { stdio: 'ignore' });
    child.unref();
    process.stderr.write(`grandchild ${child.pid}\n`);
  }
  if (slowBoot !== undefined) await new Promise((resolve) => setTimeout(resolve, slowBoot));
  if (faults['stderr-text'] !== undefined) process.stderr.write(`${faults['stderr-text']}\n`);
  if (exit !== undefined) process.exit(exit);
}

/** Applies the faults of a process once it listens. */
export function applyListeningFaults(faults: FaultValues, gateway: Gateway): void {
  const { 'exit-after': exitAfter, freeze, 'restart-in-process': restartAfter, 'stdout-flood': flood } = faults;
  if (exitAfter !== undefined) setTimeout(() => process.exit(exitAfter.code), exitAfter.afterMs);
  if (freeze !== undefined) setTimeout(() => block(freeze.forMs), freeze.afterMs);
  if (restartAfter !== undefined) setTimeout(() => restart(gateway), restartAfter);
  if (faults['restart-by-exit'] !== undefined) setTimeout(() => exitForRestart(gateway), faults['restart-by-exit']);
  if (flood !== undefined) floodStdout(flood.bytes, flood.lines);
}

function restart(gateway: Gateway): void {
  gateway.restart(RESTART_EXPECTED_MS).catch((fault: unknown) => {
    process.stderr.write(`the restart in process failed: ${String(fault)}\n`);
    process.exit(1);
  });
}

function exitForRestart(gateway: Gateway): void {
  void gateway.close(RESTART_EXPECTED_MS).finally(() => process.exit(0));
}

function block(forMs: number): void {
  const until = performance.now() + forMs;
  while (performance.now() < until);
}

function floodStdout(bytes: number, lines: boolean): void {
  const chunk = lines ? LINE.repeat(Math.ceil(FLOOD_CHUNK / LINE.length)) : 'x'.repeat(FLOOD_CHUNK);
  let left = bytes;
  const step = (): void => {
    const part = chunk.slice(0, left);
    left -= part.length;
    const hasCapacity = process.stdout.write(part);
    if (left === 0) return;
    if (hasCapacity) setImmediate(step);
    else process.stdout.once('drain', step);
  };
  step();
}
