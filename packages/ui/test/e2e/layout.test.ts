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

  it('only the content scrolls, never the page, in any state and window', async () => {
    const { page, host } = await harness.open('stopped', { viewport: { width: 550, height: 560 } });
    await page.locator('.state-card').waitFor();
    const pageOverhang = () =>
      page.evaluate(() => {
        const { scrollHeight, scrollWidth } = document.documentElement;
        return [scrollHeight - innerHeight, scrollWidth - innerWidth];
      });
    const found: Record<string, readonly number[]> = {};
    for (const name of sceneNames) {
      host.status = scenes[name](Date.now());
      await page.locator('.status-state', { hasText: stateAppearance(host.status).label }).waitFor();
      found[name] = await pageOverhang();
    }
    await page.getByRole('link', { name: 'Logs' }).click();
    await page.getByRole('log').waitFor();
    found['logs'] = await pageOverhang();
    expect(Object.entries(found).filter(([, sizes]) => sizes.some((size) => size !== 0))).toEqual([]);
  });

  it('the rows of the log do not overlap, also where a record has several lines', async () => {
    const { page } = await harness.open('running', {
      prepare: (host) => {
        const text = 'Gateway running -> error: it crashed.\nIt last said:\n  cannot read config\n  at main';
        host.logs = [
          ...host.logs.slice(0, 5),
          { at: Date.now(), source: 'supervisor', level: 'error', text },
          ...host.logs.slice(5, 9),
        ];
      },
    });
    await page.getByRole('link', { name: 'Logs' }).click();
    await page.locator('.log-text', { hasText: '  cannot read config' }).waitFor();
    const boxes = await page.locator('.log-text').evaluateAll((rows) =>
      rows.map((row) => {
        const range = document.createRange();
        range.selectNodeContents(row);
        const { top, bottom } = range.getBoundingClientRect();
        return { top, bottom };
      }),
    );
    expect(boxes).toHaveLength(13);
    for (const [index, box] of boxes.entries()) {
      const next = boxes[index + 1];
      if (next !== undefined) expect(box.bottom).toBeLessThanOrEqual(next.top);
    }
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
