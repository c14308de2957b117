/**
 * `node tools/measure-launch.ts [RUNS]`: how long from starting the app until its screen shows the true state, in a real Electron.
 * Prints the times and their median; an upper bound, since the test driver attaches first.
 */

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';
import { DesktopApp, deskclaw } from '../test/e2e/desktop-app.ts';
import { appFolder, closeDisplay, findMissingRequirement, Home, useDisplay } from '../test/e2e/test-environment.ts';

interface Launch {
  /** From the start of the process, ms. */
  readonly page: number;
  readonly state: number;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function launch(home: Home, words: string): Promise<Launch> {
  const display = await useDisplay();
  const startedAt = Date.now();
  const child = spawn(DesktopApp.program(home), ['--remote-debugging-port=0', appFolder], {
    env: { ...home.env, DISPLAY: display },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const address = await new Promise<string>((resolve) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      const found = /^DevTools listening on (?<address>\S+)/u.exec(line)?.groups?.['address'];
      if (found !== undefined) resolve(found);
    });
  });
  const browser = await chromium.connectOverCDP(address);
  const [context] = browser.contexts();
  const page = context?.pages()[0] ?? (await context?.waitForEvent('page'));
  const shown = await page?.waitForFunction(
    (wanted) => {
      if (document.querySelector('.status-bar [role=status]')?.textContent !== wanted) return false;
      return { origin: performance.timeOrigin, at: Date.now() };
    },
    words,
    { polling: 'raf' },
  );
  const times = await shown?.jsonValue();
  child.kill('SIGTERM');
  await ended;
  await browser.close();
  if (times === undefined || times === false) throw new Error('there was no page');
  return { page: times.origin - startedAt, state: times.at - startedAt };
}

async function series(name: string, home: Home, words: string, runs: number): Promise<void> {
  const launches: Launch[] = [];
  for (let run = 0; run < runs; run += 1) launches.push(await launch(home, words));
  const all = launches.map(({ state }) => String(Math.round(state))).join(' ');
  const [page, state] = (['page', 'state'] as const).map((key) => Math.round(median(launches.map((one) => one[key]))));
  console.log(`${name}: ${String(state)} ms to the true state (page begins at ${String(page)}); all: ${all}`);
}

const missing = findMissingRequirement();
if (missing === undefined) {
  const runs = Number(process.argv[2] ?? 7);
  const [alone, joining] = [new Home(), new Home()];
  try {
    await series('as the host, first run', alone, 'Gateway: Stopped', runs);
    await deskclaw(joining, 'start', '--gateway', 'builtin');
    await series('joining a running gateway', joining, 'Gateway: Running', runs);
  } finally {
    alone.remove();
    joining.remove();
    closeDisplay();
  }
} else {
  console.log(`SKIPPED: ${missing}`);
}
