import { describe, expect, it } from 'vitest';
import { stateAppearance } from '../../src/view-models/state-appearance.ts';
import { hasBrowser } from '../support/browser.ts';
import { BrowserHarness } from '../support/browser-harness.ts';
import { sceneNames, scenes } from '../support/scenes.ts';

describe.skipIf(!hasBrowser)('the layout', { timeout: 120_000 }, () => {
  const harness = new BrowserHarness();
  it('every screen fits 320 px without scrolling sideways', async () => {
    const { page, host } = await harness.open('stopped', { viewport: { width: 320, height: 640 } });
    await page.locator('.state-card').waitFor();
    const overhang = () =>
      page.evaluate(() => {
        const roots = [document.documentElement, document.querySelector('.content')];
        return roots.map((root) => (root?.scrollWidth ?? 0) - (root?.clientWidth ?? 0));
      });
    const found: Record<string, readonly number[]> = {};
    for (const name of sceneNames) {
      host.status = scenes[name](Date.now());
      await page.locator('.status-state', { hasText: stateAppearance(host.status).label }).waitFor();
      found[name] = await overhang();
    }
    await page.getByRole('link', { name: 'Logs' }).click();
    await page.getByRole('log').waitFor();
    found['logs'] = await overhang();
    expect(Object.entries(found).filter(([, [page, content]]) => page !== 0 || content !== 0)).toEqual([]);
  });

  it('a running gateway fits 1100 x 720 without scrolling', async () => {
    const { page } = await harness.open('running');
    await page.locator('.composer').waitFor();
    const below = await page.evaluate(() => {
      const content = document.querySelector('.content');
      return (content?.scrollHeight ?? 0) - (content?.clientHeight ?? 0);
    });
    expect(below).toBe(0);
  });

  it('reduced motion runs no animation', async () => {
    const { page, host } = await harness.open('reconnecting', { reducedMotion: 'reduce' });
    await page.locator('.state-card').waitFor();
    host.sendRaw('');
    await page.getByText('1 unreadable').waitFor();
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
  });

  it('forced colours keep every shape visible', async () => {
    const { page } = await harness.open('error', { forcedColors: 'active' });
    await page.locator('.state-card').waitFor();
    const colours = await page.evaluate(() => {
      const glyph = document.querySelector('.state-glyph .glyph');
      const hole = document.querySelector('.state-glyph .glyph-hole');
      return [glyph, hole].map((element) => {
        const style = element === null ? undefined : getComputedStyle(element);
        return element === glyph ? style?.color : style?.stroke;
      });
    });
    expect(colours[0]).not.toBe(colours[1]);
  });

  it('the theme follows the system from light to dark', async () => {
    const { page } = await harness.open('running', { colorScheme: 'light' });
    await page.locator('.state-card').waitFor();
    const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await paper();
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await paper()).not.toBe(light);
  });
});
