import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The Chromium of this machine, or the one that is named. */
export const chromiumPath = process.env['DESKCLAW_CHROMIUM'] ?? places.find((place) => existsSync(place));

export function launchBrowser(): Promise<Browser> {
  if (chromiumPath === undefined) throw new Error(`no Chromium at any of: ${places.join(', ')}`);
  return chromium.launch({ executablePath: chromiumPath, headless: true });
}
