import { describe, expect, it } from 'vitest';
import { hasBrowser } from '../support/browser.ts';
import { accessibilityViolations, BrowserHarness } from '../support/browser-harness.ts';
import { scenes } from '../support/scenes.ts';

describe.skipIf(!hasBrowser)('a host that vanishes', { timeout: 120_000 }, () => {
  const harness = new BrowserHarness();

  it('a lost host keeps its last data, marked as stale, and the screen reconnects', async () => {
    const { page, host } = await harness.open('running');
    await page.locator('[data-fact=pid]', { hasText: 'pid 4121' }).waitFor();
    await host.kill();
    await page.getByRole('alert').getByText('DeskClaw’s background service does not respond').waitFor();
    await page.locator('.state-card[data-stale]', { hasText: /as of \d\d:\d\d:\d\d/u }).waitFor();
    expect(await page.locator('.state-word').textContent()).toBe('Running');
    expect(await page.locator('.activity-row').count()).toBeGreaterThan(0);
    expect(await page.getByRole('button', { name: 'Stop gateway', exact: true }).getAttribute('aria-disabled')).toBe(
      'true',
    );
    await page.locator('.status-bar', { hasText: /Service not responding.*last seen \d\d:\d\d:\d\d/u }).waitFor();
    expect(await accessibilityViolations(page)).toEqual([]);

    await host.start();
    host.status = scenes.stopped(Date.now());
    await page.getByRole('button', { name: 'Start', exact: true }).waitFor();
    expect(await page.getByText('DeskClaw’s background service does not respond').count()).toBe(0);
    expect(await page.locator('.state-card[data-stale]').count()).toBe(0);
  });

  it('Try now reconnects to a lost host at once', async () => {
    const { page, host } = await harness.open('running', { prepare: (_host, page) => page.clock.install() });
    await page.locator('.state-card').waitFor();
    // From here on no timer fires on its own.
    await page.clock.pauseAt(Date.now() + 60_000);
    await host.kill();
    await page.getByRole('alert').waitFor();
    await host.start();
    await page.locator('.banner').getByRole('button', { name: 'Try now' }).click();
    await page.locator('.state-card:not([data-stale])').waitFor();
  });

  it('the screen survives many losses of the host', async () => {
    const { page, host } = await harness.open('running', { prepare: (_host, page) => page.clock.install() });
    for (let round = 1; round <= 5; round += 1) {
      await page.locator('.state-card:not([data-stale])').waitFor();
      await host.kill();
      await page.locator('.state-card[data-stale]').waitFor();
      await host.start();
      // Past the pause before the next attempt.
      await page.clock.fastForward(3_000);
    }
    host.status = { ...scenes.running(Date.now()), pid: 7 };
    await page.locator('[data-fact=pid]', { hasText: 'pid 7' }).waitFor();
    expect(host.clients).toBe(1);
  });

  it('a used link without a session shows the command for a new one, and another tab is enough to go on', async () => {
    const { page, host } = await harness.open('running', { path: '?token=used' });
    await page.getByRole('alert').getByText('Open the dashboard with a new link').waitFor();
    await page.getByText('deskclaw ui', { exact: true }).waitFor();
    expect(new URL(page.url()).search).toBe('');
    expect(await accessibilityViolations(page)).toEqual([]);
    const other = await page.context().newPage();
    await other.goto(host.createLink());
    await page.locator('.state-card:not([data-stale])').waitFor();
  });

  it('a session that ended shows as ended, with the last data', async () => {
    const { page, host } = await harness.open('running');
    await page.locator('.state-card:not([data-stale])').waitFor();
    await host.kill();
    host.forgetSessions();
    await host.start();
    await page.getByRole('alert').getByText('The session of this page ended').waitFor();
    await page.locator('.state-card[data-stale]').waitFor();
    expect(await accessibilityViolations(page)).toEqual([]);
  });

  it('a host that never answered is reported with the command to start it', async () => {
    const { page } = await harness.open('running', {
      prepare: (host, page) =>
        page.routeWebSocket(/\/control$/u, (socket) => {
          void socket.close({ code: 1013 });
          void host;
        }),
    });
    await page.getByRole('alert').getByText('Cannot reach DeskClaw’s background service').waitFor();
    await page.getByText('deskclaw ui', { exact: true }).waitFor();
    expect(await accessibilityViolations(page)).toEqual([]);
  });

  it('a silent host times out and is retried', async () => {
    const { page, host } = await harness.open('running', {
      prepare: (host, page) => {
        host.answer('gateway.status', () => ({ silence: true }));
        return page.clock.install();
      },
    });
    await host.nextRequest('gateway.status');
    const again = host.nextRequest('gateway.status');
    await page.clock.fastForward(10_100);
    await page.clock.fastForward(1_000);
    await again;
    expect(await page.locator('.state-card').count()).toBe(0);
  });
});
