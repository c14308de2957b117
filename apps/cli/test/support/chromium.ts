import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, onTestFinished } from 'vitest';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = process.env['DESKCLAW_CHROMIUM'] ?? places.find((place) => existsSync(place));

/** Whether tests with a real browser can run here. */
export const hasBrowser = executablePath !== undefined;

export interface SharedBrowser {
  /** Another person: nothing of it is shared with other contexts; closed with the test. */
  newContext(): Promise<BrowserContext>;
  /** A page in a context of its own. */
  newPage(): Promise<Page>;
}

/** One browser for all tests of the block that calls this. */
export function shareBrowser(): SharedBrowser {
  let browser: Browser | undefined;
  beforeAll(async () => {
    const program = executablePath === undefined ? {} : { executablePath };
    browser = await chromium.launch({ ...program, headless: true });
  });
  afterAll(() => browser?.close());
  const newContext = async (): Promise<BrowserContext> => {
    if (browser === undefined) throw new Error('the browser is there from the first test on');
    const context = await browser.newContext();
    onTestFinished(() => context.close());
    return context;
  };
  return { newContext, newPage: async () => (await newContext()).newPage() };
}
