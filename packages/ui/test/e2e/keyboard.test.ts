import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { hasBrowser } from '../support/browser.ts';
import { BrowserHarness } from '../support/browser-harness.ts';

interface Stop {
  readonly name: string;
  readonly outline: number;
  readonly width: number;
  readonly height: number;
}

/** Where the keyboard is, and how well that can be seen. */
function here(page: Page): Promise<Stop> {
  return page.evaluate(() => {
    const element = document.activeElement ?? document.body;
    const ring = element.closest('label, .composer') ?? element;
    const style = getComputedStyle(ring);
    const shadow = style.boxShadow === 'none' ? 0 : 1;
    const box = ring.getBoundingClientRect();
    const name = element.getAttribute('aria-label') ?? element.textContent.trim();
    return {
      name: element.tagName === 'BODY' ? 'page' : name.slice(0, 40),
      outline: Math.max(style.outlineStyle === 'none' ? 0 : Number.parseFloat(style.outlineWidth), shadow * 2),
      width: box.width,
      height: box.height,
    };
  });
}

async function walk(page: Page): Promise<readonly Stop[]> {
  const stops: Stop[] = [];
  for (let step = 0; step < 60; step += 1) {
    await page.keyboard.press('Tab');
    const stop = await here(page);
    if (stop.name === 'page') break;
    stops.push(stop);
  }
  return stops;
}

describe.skipIf(!hasBrowser)('with the keyboard alone', { timeout: 120_000 }, () => {
  const harness = new BrowserHarness();

  it.each([
    [
      'running',
      [
        'Skip to content',
        'Overview',
        'Logs',
        'System',
        'Copy process',
        'Restart gateway',
        'Stop gateway',
        'Message to the agent',
        'Send',
        'Copy address',
      ],
    ],
    ['error', ['Skip to content', 'Restart gateway', 'Copy details', 'Program output', 'Show logs']],
    ['firstRun', ['Skip to content', 'Start', 'Start built-in gateway']],
  ] as const)('every control of %s can be focused with a visible focus ring', async (scene, names) => {
    const { page } = await harness.open(scene);
    await page.locator('.state-card, .first-run').waitFor();
    const stops = await walk(page);
    const reached = stops.map((stop) => stop.name);
    expect(reached).toEqual(expect.arrayContaining([...names]));
    expect(new Set(reached).size).toBe(reached.length);
    expect(stops.filter((stop) => stop.outline < 2)).toEqual([]);
    expect(stops.filter((stop) => stop.width < 24 || stop.height < 24)).toEqual([]);
  });

  it('the keyboard reaches the content, every screen and every region', async () => {
    const { page } = await harness.open('running');
    await page.locator('.state-card').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('content');
    await page.keyboard.press('F6');
    expect((await here(page)).name).toBe('Message to the agent');
    await page.keyboard.press('Shift+F6');
    await page.keyboard.press('Shift+F6');
    expect((await here(page)).name).toBe('Overview');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Logs' }).waitFor();
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('content');
    expect(await page.title()).toBe('Logs – DeskClaw');
    await page.goBack();
    await page.locator('.state-card').waitFor();
  });

  it('the keyboard stops the gateway, sends a message and chooses a theme that stays', async () => {
    const { page, host } = await harness.open('running');
    const asked = host.nextRequest('gateway.stop');
    await page.getByRole('button', { name: 'Stop gateway', exact: true }).focus();
    await page.keyboard.press('Space');
    await asked;
    const said = host.nextRequest('chat.send');
    await page.locator('.chat textarea').focus();
    await page.keyboard.type('two');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('lines');
    await page.keyboard.press('Enter');
    expect((await said).params).toMatchObject({ message: 'two\nlines' });
    await page.getByRole('radio', { name: 'System' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    expect(await page.evaluate(() => document.documentElement.dataset['theme'])).toBe('dark');
    await page.reload();
    await page.locator('.state-card').waitFor();
    expect(await page.evaluate(() => getComputedStyle(document.body).colorScheme)).toBe('dark');
  });

  it('focus stays when a pressed button changes its label', async () => {
    const { page, host } = await harness.open('running');
    host.answer('gateway.restart', () => ({ silence: true }));
    const restart = page.getByRole('button', { name: 'Restart gateway' });
    await restart.focus();
    await page.keyboard.press('Enter');
    await page.locator('button[aria-busy=true]', { hasText: 'Restart' }).waitFor();
    expect((await here(page)).name).toBe('Restart gateway');
  });
});
