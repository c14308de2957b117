import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GatewayManager } from '@deskclaw/core';
import { percentile } from '../report.ts';
import { freePort, gateway } from './programs.ts';

const BYTES = 1_000_000_000;
const QUIET_CALLS = 20_000;
const POLL_INTERVAL_MS = 50;

export interface Flood {
  readonly quietP99: number;
  readonly floodP99: number;
  readonly calls: number;
  readonly seconds: number;
  /** Growth since the flood began, MB. */
  readonly grownMb: number;
}

async function callUntil(manager: GatewayManager, isOver: (calls: number) => boolean): Promise<readonly number[]> {
  const times: number[] = [];
  while (!isOver(times.length)) {
    const began = performance.now();
    await manager.rpc('system.health');
    times.push(performance.now() - began);
  }
  return times;
}

/**
 * Floods the pipe shared with the gateway once one file exists, and creates the other file at the end. Uses Node, because
 * the pipe does not block: `yes` or `head` would end when it is full for the first time.
 */
const flooder = `
const { existsSync, writeFileSync } = require('node:fs');
const [go, done] = process.argv.slice(1);
const chunk = ('x'.repeat(99) + '\\n').repeat(650);
let left = ${String(BYTES)};
const pour = () => {
  if (left <= 0) return writeFileSync(done, '');
  left -= chunk.length;
  process.stdout.write(chunk, pour);
};
const wait = setInterval(() => existsSync(go) && (clearInterval(wait), pour()), 20);
`;

/** Requests beside a gigabyte of output of the gateway's tree; the gateway's own loop has no part in the flood. */
export async function measureFlood(): Promise<Flood> {
  const folder = mkdtempSync(join(tmpdir(), 'deskclaw-bench-'));
  const [go, done] = [join(folder, 'go'), join(folder, 'done')];
  const manager = new GatewayManager({
    mode: 'supervise',
    port: await freePort(),
    command: [
      ...['/bin/sh', '-c', '"$0" -e "$1" "$2" "$3" & node=$0; shift 3; exec "$node" "$@"'],
      ...[process.execPath, flooder, go, done],
      ...[gateway, '--port', '{port}'],
    ],
  });
  let lines = 0;
  manager.on('log', () => {
    lines += 1;
  });
  try {
    await manager.start();
    await callUntil(manager, (calls) => calls >= QUIET_CALLS);
    const quiet = await callUntil(manager, (calls) => calls >= QUIET_CALLS);
    const before = process.memoryUsage.rss();
    let peak = before;
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage.rss());
    }, POLL_INTERVAL_MS);
    const began = performance.now();
    writeFileSync(go, '');
    const times = await callUntil(manager, () => existsSync(done));
    clearInterval(watch);
    if (lines === 0) throw new Error('nothing of the flood was read');
    return {
      quietP99: percentile(quiet, 0.99),
      floodP99: percentile(times, 0.99),
      calls: times.length,
      seconds: (performance.now() - began) / 1_000,
      grownMb: (peak - before) / 1024 ** 2,
    };
  } finally {
    await manager.stop({ force: true });
    rmSync(folder, { recursive: true, force: true });
  }
}
