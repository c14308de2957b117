import { isObject } from '@deskclaw/protocol';
import { describe, expect, it } from 'vitest';
import { stateAppearance } from '../../src/view-models/state-appearance.ts';
import { hasBrowser } from '../support/browser.ts';
import { BrowserHarness } from '../support/browser-harness.ts';
import { logLines, scenes } from '../support/scenes.ts';

describe.skipIf(!hasBrowser)('every state', { timeout: 120_000 }, () => {
  const harness = new BrowserHarness();

  it('the screen follows the gateway through all states without a reload', async () => {
    const { page, host } = await harness.open('stopped');
    for (const name of ['starting', 'running', 'busy', 'reconnecting', 'error', 'stopping', 'stopped'] as const) {
      host.status = scenes[name](Date.now());
      const { label: word, tone } = stateAppearance(host.status);
      await page
        .locator(`.state-card[data-tone="${tone}"] .state-word`, { hasText: new RegExp(`^${word}$`, 'u') })
        .waitFor();
    }
  });

  it('a countdown ticks on screen but is not announced', async () => {
    const { page, host } = await harness.open('running');
    const reported: string[] = [];
    const shown: string[] = [];
    await page.exposeFunction('tell', (what: string, text: string) =>
      (what === '.state-line' ? shown : reported).push(text),
    );
    await page.locator('.status-bar [role=status]').waitFor({ state: 'attached' });
    await page.evaluate(() => {
      const tell: unknown = Reflect.get(window, 'tell');
      for (const what of ['.status-bar [role=status]', '.state-line']) {
        new MutationObserver(() => {
          if (typeof tell === 'function') tell(what, document.querySelector(what)?.textContent ?? '');
        }).observe(document.querySelector(what) ?? document.body, {
          childList: true,
          characterData: true,
          subtree: true,
        });
      }
    });
    host.status = { ...scenes.reconnecting(Date.now()), nextRetryAt: Date.now() + 3_000 };
    await page.locator('.state-line', { hasText: 'Reconnecting now (attempt 4)' }).waitFor();
    const seconds = shown.flatMap((text) => /^Reconnecting in (\d) s \(attempt 4\)/.exec(text)?.[1] ?? []).map(Number);
    // On a busy machine the page may draw late and leave out a second.
    expect(new Set(seconds).size).toBeGreaterThanOrEqual(2);
    expect(seconds).toEqual(seconds.toSorted((a, b) => b - a));
    expect(reported).toEqual(['Gateway: Reconnecting. The connection to the gateway was lost.']);
  });

  it('a frozen gateway counts down to its restart and shows no stale response time', async () => {
    const { page } = await harness.open('unresponsive');
    await page
      .locator('.state-line', {
        hasText: /^The process is running but not responding\. It will be restarted in 2:4\d\.$/u,
      })
      .waitFor();
    await page.locator('.state-meta', { hasText: /OpenClaw 2026\.9\.6.*for 1\d s.*since/u }).waitFor();
    await page.locator('[data-fact=latency]', { hasText: /none for 1\d s/u }).waitFor();
    await page.locator('.status-bar', { hasText: /no response for 1\d s/u }).waitFor();
    expect(await page.getByText('3 ms').count()).toBe(0);
  });

  it('the log says what it does not show, filters on the host and loads older lines', async () => {
    const { page, host } = await harness.open('running', {
      prepare: (staged) => {
        staged.answer('logs.query', (params) => {
          const { level, limit } = isObject(params) ? params : {};
          const found = level === 'error' ? [{ ...logLines(Date.now())[4], text: 'an old failure' }] : staged.logs;
          return { result: { records: found, truncated: true, total: limit === 500 ? 10_017 : found.length } };
        });
      },
    });
    await page.getByRole('link', { name: 'Logs' }).click();
    await page.getByText('Showing 48 of 10,017 lines.').waitFor();
    await page.getByRole('combobox', { name: 'Level' }).selectOption('error');
    await page.locator('.log-text', { hasText: 'an old failure' }).waitFor();
    await page.getByRole('combobox', { name: 'Level' }).selectOption('debug');
    await page.getByText('Showing 48 of 10,017 lines.').waitFor();
    const asked = host.nextRequest('logs.query');
    await page.getByRole('button', { name: 'Load older' }).click();
    expect((await asked).params).toEqual({ limit: 1_048 });
    await page.getByText('Showing the newest 48 lines.').waitFor();
  });

  it('the first-run screen offers OpenClaw and the built-in gateway', async () => {
    const { page, host } = await harness.open('openclawMissing');
    await page.getByRole('heading', { name: 'No gateway installed yet' }).waitFor();
    const started = host.nextRequest('gateway.start');
    await page.getByRole('button', { name: 'Start built-in gateway' }).click();
    expect((await started).params).toEqual({ gateway: 'builtin' });
  });
});
