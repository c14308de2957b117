import { describeProblem } from '@deskclaw/protocol';
import { describe, expect, it } from 'vitest';
import { hasBrowser } from '../support/browser.ts';
import { BrowserHarness } from '../support/browser-harness.ts';
import { scenes } from '../support/scenes.ts';

describe.skipIf(!hasBrowser)('a press of a button', { timeout: 120_000 }, () => {
  const harness = new BrowserHarness();

  it('a button sends its request, and the screen shows only what the host reports', async () => {
    const { page, host } = await harness.open('running');
    host.answer('gateway.stop', () => ({ silence: true }));
    const asked = host.nextRequest('gateway.stop');
    const stop = page.getByRole('button', { name: 'Stop gateway' });
    await stop.click();
    await asked;
    await page.locator('button[aria-busy=true]', { hasText: 'Stop' }).waitFor();
    expect(await page.locator('.state-word').textContent()).toBe('Running');
    await stop.click({ force: true });
    host.status = scenes.stopping(Date.now());
    await page.locator('button[aria-busy=true]', { hasText: 'Stopping…' }).waitFor();
    host.status = scenes.stopped(Date.now());
    await page.getByRole('button', { name: 'Start' }).waitFor();
    expect(host.received.filter((one) => one.method === 'gateway.stop')).toHaveLength(1);
  });

  it.each([
    ['running', 'Restart gateway', 'gateway.restart', undefined],
    ['stopped', 'Start', 'gateway.start', undefined],
    ['reconnecting', 'Reconnect now', 'gateway.reconnect', undefined],
    ['draining', 'Stop now', 'gateway.stop', { force: true }],
    ['error', 'Restart gateway', 'gateway.restart', undefined],
    ['portTaken', 'Use port 18790', 'gateway.start', { port: 18_790 }],
  ] as const)('in the scene %s the button %s sends its request', async (scene, label, method, params) => {
    const { page, host } = await harness.open(scene);
    const asked = host.nextRequest(method);
    await page.getByRole('button', { name: label, exact: true }).click();
    expect((await asked).params).toEqual(params);
  });

  it('a refused request shows the problem of the host until it is dismissed', async () => {
    const { page, host } = await harness.open('stopped');
    const problem = describeProblem('state.read-only', { detail: 'The folder belongs to root.' }, Date.now());
    host.answer('gateway.start', () => ({ problem }));
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByRole('alert').getByText(problem.title).waitFor();
    await page.getByText('The folder belongs to root.').waitFor();
    await page.getByText('deskclaw paths').waitFor();
    await page.getByRole('button', { name: 'Dismiss' }).click();
    expect(await page.getByText(problem.title).count()).toBe(0);
  });

  it('copy buttons write to the clipboard', async () => {
    const { page } = await harness.open('error', { permissions: ['clipboard-read', 'clipboard-write'] });
    await page.getByRole('button', { name: 'Copy details' }).click();
    await page.getByRole('status').getByText('Copied').waitFor({ state: 'attached' });
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('(crash.loop, ');
    await page.getByRole('button', { name: 'Copy address' }).click();
    await page.waitForFunction(async () => (await navigator.clipboard.readText()).startsWith('ws://127.0.0.1'));
  });

  it('Show logs opens the Logs screen', async () => {
    const { page } = await harness.open('error');
    await page.getByRole('link', { name: 'Show logs' }).click();
    await page.getByRole('heading', { name: 'Logs' }).waitFor();
    expect(await page.getByRole('log').textContent()).toContain('client connected');
  });
});
