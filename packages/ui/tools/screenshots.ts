/** Writes a picture of every state a person meets, in both themes and two sizes: `screenshots [DIR]`. */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../test/support/browser.ts';
import { hostInfo, journal, logLines, type SceneName, scenes } from '../test/support/scenes.ts';
import { ScriptedHost } from '../test/support/scripted-host.ts';

const site = fileURLToPath(new URL('../dist', import.meta.url));
const shown = [
  'running',
  'unresponsive',
  'portTaken',
  'reconnecting',
  'error',
  'stopped',
  'firstRun',
  'openclawMissing',
  'starting',
  'paused',
] as const;
const sizes = [
  { name: 'desktop', width: 1100, height: 720 },
  { name: 'phone', width: 390, height: 844 },
] as const;

function conversation(host: ScriptedHost, now: number): void {
  host.answerRpc('chat.history', () => ({
    result: {
      messages: [
        { id: '1', role: 'user', text: 'What changed in the gateway since yesterday?', at: now - 60_000, runId: 'a' },
        {
          id: '2',
          role: 'assistant',
          text: 'It was restarted **once**, at 11:49:\n\n- `SIGKILL` ended the process\n- it came back in 8.4 s, and nothing was lost\n\nThe morning digest is the only job that failed since:\n\n```\ncron digest  ENOENT /home/me/notes\n```',
          at: now - 55_000,
          runId: 'a',
        },
        { id: '3', role: 'user', text: 'Move it to ~/Documents/notes', at: now - 20_000, runId: 'b' },
        { id: '4', role: 'assistant', text: 'Done. The next run is tomorrow at 07:00.', at: now - 15_000, runId: 'b' },
      ],
    },
  }));
}

async function stage(scene: SceneName): Promise<ScriptedHost> {
  const now = Date.now();
  const host = new ScriptedHost(site, hostInfo(now), scenes[scene](now));
  host.records = scene === 'firstRun' || scene === 'openclawMissing' ? [] : journal(now);
  host.logs = logLines(now);
  conversation(host, now);
  await host.start();
  return host;
}

/** Emits round trips of a calm gateway, for the sparkline of the connection card. */
function round(host: ScriptedHost): void {
  const status = host.status;
  if (status.latencyMs === undefined) return;
  for (let index = 0; index < 60; index += 1) {
    const last = 3 + Math.sin(index / 3) + (index % 17 === 9 ? 5 : 0) + (index % 5) * 0.3;
    host.status = { ...status, latencyMs: { ...status.latencyMs, last } };
  }
  host.status = status;
}

async function picture(page: Page, file: string): Promise<void> {
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path: file });
  console.log(file);
}

async function shoot(
  browser: Browser,
  folder: string,
  scene: SceneName,
  theme: 'light' | 'dark',
  size: (typeof sizes)[number],
): Promise<void> {
  const host = await stage(scene);
  const page = await browser.newPage({ viewport: size, colorScheme: theme, deviceScaleFactor: 2 });
  await page.goto(host.createLink());
  await page.locator('.state-card, .first-run').waitFor();
  round(host);
  if (host.status.state === 'running') await page.getByText('Done. The next run').waitFor();
  await picture(page, join(folder, `${scene}-${theme}-${size.name}.png`));
  if (scene === 'running') {
    await page.goto(`${host.url}#logs`);
    await page.getByRole('log').waitFor();
    await picture(page, join(folder, `logs-${theme}-${size.name}.png`));
    await page.goto(`${host.url}#overview`);
    await page.locator('.state-card').waitFor();
    await host.kill();
    await page.getByRole('alert').waitFor();
    await picture(page, join(folder, `lost-${theme}-${size.name}.png`));
  }
  await page.close();
  await host.kill();
}

/** Package managers run this in the package's folder, people in theirs. */
const folder = resolve(process.env['INIT_CWD'] ?? '.', process.argv[2] ?? 'packages/ui/.cache/screenshots');
const chosen = process.argv[3] === undefined ? shown : shown.filter((scene) => scene === process.argv[3]);
mkdirSync(folder, { recursive: true });
const browser = await launchBrowser();
try {
  for (const size of sizes) {
    for (const theme of ['light', 'dark'] as const) {
      for (const scene of chosen) await shoot(browser, folder, scene, theme, size);
    }
  }
} finally {
  await browser.close();
}
