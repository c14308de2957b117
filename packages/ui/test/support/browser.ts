import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Browser, chromium } from 'playwright-core';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const chromiumPath = process.env['DESKCLAW_CHROMIUM'] ?? places.find((place) => existsSync(place));

/** Whether tests with a real browser can run here; says so where they cannot. */
export const hasBrowser = chromiumPath !== undefined;
if (!hasBrowser) console.warn(`SKIPPED: no Chromium at ${places.join(', ')} and DESKCLAW_CHROMIUM is not set.`);

export function launchBrowser(): Promise<Browser> {
  if (chromiumPath === undefined) throw new Error(`no Chromium at any of: ${places.join(', ')}`);
  return chromium.launch({ executablePath: chromiumPath, headless: true });
}

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Builds the page of these very sources, as it ships, into a folder of its own. */
export async function buildSite(): Promise<{ readonly folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'deskclaw-ui-'));
  const vite = join(dirname(createRequire(import.meta.url).resolve('vite/package.json')), 'bin/vite.js');
  const env = { ...process.env, NODE_ENV: 'production' };
  await promisify(execFile)(process.execPath, [vite, 'build', '--outDir', folder, '--logLevel', 'error'], {
    cwd: root,
    env,
  });
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
