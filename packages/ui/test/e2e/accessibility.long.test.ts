import { describe, expect, it } from 'vitest';
import { stateAppearance } from '../../src/view-models/state-appearance.ts';
import { hasBrowser } from '../support/browser.ts';
import { accessibilityViolations, BrowserHarness } from '../support/browser-harness.ts';
import { type SceneName, sceneNames, scenes } from '../support/scenes.ts';

describe.skipIf(!hasBrowser)('every state', { timeout: 120_000 }, () => {
  const harness = new BrowserHarness();
  const isFirst = (name: SceneName) => name === 'firstRun' || name === 'openclawMissing';

  it.each(['light', 'dark'] as const)(
    'every state is shown without accessibility violations in %s',
    async (colorScheme) => {
      const { page, host, consoleErrors } = await harness.open('stopped', { colorScheme });
      await page.locator('.state-card').waitFor();
      const found: Record<string, readonly string[]> = {};
      for (const name of sceneNames) {
        host.status = scenes[name](Date.now());
        const { label: word } = stateAppearance(host.status);
        if (isFirst(name)) await page.locator('.first-run').waitFor();
        else await page.locator('.state-word', { hasText: new RegExp(`^${word}$`, 'u') }).waitFor();
        await page.locator('.status-state', { hasText: word }).waitFor();
        found[name] = await accessibilityViolations(page);
      }
      await page.getByRole('link', { name: 'Logs' }).click();
      await page.getByRole('log').waitFor();
      found['logs'] = await accessibilityViolations(page);
      expect(Object.entries(found).filter(([, accessibilityViolations]) => accessibilityViolations.length > 0)).toEqual(
        [],
      );
      expect(consoleErrors).toEqual([]);
    },
  );
});
