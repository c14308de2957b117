import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { GatewayStatus } from '@deskclaw/protocol';
import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { buildSite, launchBrowser } from './browser.ts';
import { hostInfo, journal, logLines, type SceneName, scenes } from './scenes.ts';
import { ScriptedHost } from './scripted-host.ts';

export interface OpenedPage {
  readonly page: Page;
  readonly host: ScriptedHost;
  /** Page errors, refused resources and policy violations. */
  readonly consoleErrors: readonly string[];
}

export interface OpenOptions extends BrowserContextOptions {
  /** Opened instead of a link to the dashboard. */
  readonly path?: string;
  /** Called before the page is opened. */
  readonly prepare?: (host: ScriptedHost, page: Page) => unknown;
}

/** Shares one browser and one site build per test file, with a fresh page and host for each test. */
export class BrowserHarness {
  readonly #pages: OpenedPage[] = [];
  #browser: Browser | undefined;
  #site: Awaited<ReturnType<typeof buildSite>> | undefined;

  constructor() {
    beforeAll(async () => {
      [this.#browser, this.#site] = await Promise.all([launchBrowser(), buildSite()]);
    }, 120_000);
    afterEach(async () => {
      for (const { page, host } of this.#pages.splice(0)) {
        await page.context().close();
        await host.kill();
      }
    });
    afterAll(async () => {
      await this.#browser?.close();
      await this.#site?.remove();
    });
  }

  async open(scene: SceneName | GatewayStatus, staging: OpenOptions = {}): Promise<OpenedPage> {
    if (this.#browser === undefined || this.#site === undefined) throw new Error('the browser harness is not open yet');
    const { path, prepare, ...options } = staging;
    const now = Date.now();
    const host = new ScriptedHost(
      this.#site.folder,
      hostInfo(now),
      typeof scene === 'string' ? scenes[scene](now) : scene,
    );
    host.records = journal(now);
    host.logs = logLines(now);
    await host.start();
    const context = await this.#browser.newContext({ viewport: { width: 1100, height: 720 }, ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    const consoleErrors: string[] = [];
    page.on('pageerror', (error) => consoleErrors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') consoleErrors.push(message.text());
    });
    const play = { page, host, consoleErrors };
    this.#pages.push(play);
    await prepare?.(host, page);
    await page.goto(path === undefined ? host.createLink() : `${host.url}${path}`);
    return play;
  }
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Returns the accessibility violations that axe finds; empty when there are none. */
export async function accessibilityViolations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axeSource);
  const found = await page.evaluate(() => (window as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run());
  return found.violations.flatMap((violation) =>
    violation.nodes.map((node) => `${violation.id}: ${node.html} ${node.failureSummary ?? ''}`),
  );
}
