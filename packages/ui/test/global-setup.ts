import type { TestProject } from 'vitest/node';
import { buildSite, hasBrowser, launchBrowserServer } from './support/browser.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Address of the browser that all files of the run share; `undefined` where there is none. */
    browser: string | undefined;
    /** Folder of the page as it ships, built from these very sources. */
    site: string;
  }
}

/** Starts one browser and builds the page once for all files of the run: for each file it took 2 s of processor time. */
export default async function setUp(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (!hasBrowser) return undefined;
  const [browser, site] = await Promise.all([launchBrowserServer(), buildSite()]);
  project.provide('browser', browser.wsEndpoint());
  project.provide('site', site.folder);
  return async () => {
    await Promise.all([browser.close(), site.remove()]);
  };
}
