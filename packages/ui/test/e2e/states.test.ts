import { describe, expect, it } from 'vitest';
import { stateAppearance } from '../../src/view-models/state-appearance.ts';
import { hasBrowser } from '../support/browser.ts';
import { BrowserHarness } from '../support/browser-harness.ts';
import { scenes } from '../support/scenes.ts';

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
    await page.exposeFunction('tell', (text: string) => reported.push(text));
    await page.locator('.status-bar [role=status]').waitFor({ state: 'attached' });
    await page.evaluate(() => {
      const region = document.querySelector('.status-bar [role=status]');
      const tell: unknown = Reflect.get(window, 'tell');
      new MutationObserver(() => {
        if (typeof tell === 'function') tell(region?.textContent ?? '');
      }).observe(region ?? document.body, { childList: true, characterData: true, subtree: true });
    });
    host.status = { ...scenes.reconnecting(Date.now()), nextRetryAt: Date.now() + 3_000 };
    for (const seconds of [3, 2, 1]) {
      await page.locator('.state-line', { hasText: `Reconnecting in ${String(seconds)} s (attempt 4)` }).waitFor();
    }
    await page.locator('.state-line', { hasText: 'Reconnecting now (attempt 4)' }).waitFor();
    expect(reported).toEqual(['Gateway: Reconnecting. The connection to the gateway was lost.']);
  });

  it('the first-run screen offers OpenClaw and the built-in gateway', async () => {
    const { page, host } = await harness.open('openclawMissing');
    await page.getByRole('heading', { name: 'No gateway installed yet' }).waitFor();
    const started = host.nextRequest('gateway.start');
    await page.getByRole('button', { name: 'Start built-in gateway' }).click();
    expect((await started).params).toEqual({ gateway: 'builtin' });
  });
});
