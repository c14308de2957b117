import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { onTestFinished } from 'vitest';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = process.env['DESKCLAW_CHROMIUM'] ?? places.find((place) => existsSync(place));

/** Whether tests with a real browser can run here. */
export const hasBrowser = executablePath !== undefined;

/** A browser of the test's own, closed with it. */
export async function launchBrowser(): Promise<Browser> {
  const browser = await chromium.launch({
    ...(executablePath === undefined ? {} : { executablePath }),
    headless: true,
  });
  onTestFinished(() => browser.close());
  return browser;
}
