/** The whole way: a person's browser, the real host, the real gateway, and the command line beside it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hasBrowser, type SharedBrowser, shareBrowser } from '../support/chromium.ts';
import { Home, isAlive, shareHome } from '../support/deskclaw.ts';

async function openPage(
  browser: SharedBrowser,
  home: Home,
): Promise<{ readonly page: Page; readonly complaints: readonly string[] }> {
  const { url } = await home.document('ui', '--no-open');
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  await page.goto(String(url));
  return { page, complaints };
}

const state = (page: Page, word: string) =>
  page.locator('.state-word', { hasText: new RegExp(`^${word}$`, 'u') }).waitFor();
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();

async function pidOf(home: Home): Promise<number> {
  const { gateway } = await home.document('status');
  const pid = typeof gateway === 'object' && gateway !== null && 'pid' in gateway ? gateway.pid : undefined;
  if (typeof pid !== 'number') throw new Error('no gateway process');
  return pid;
}

describe.skipIf(!hasBrowser)('the dashboard', { timeout: 120_000 }, () => {
  const browser = shareBrowser();
  const openDashboard = (home: Home) => openPage(browser, home);
  /** Left running by each test that uses it; the last one ends it. */
  const shared = shareHome((home) => home.startBuiltin());

  it('shows a killed gateway come back, with the reason, and agrees with the command line and the process table', async () => {
    const home = shared();
    const { page, complaints } = await openDashboard(home);
    await state(page, 'Running');
    const before = await pidOf(home);
    await page.locator('[data-fact=pid], [data-fact=process]', { hasText: String(before) }).waitFor();
    process.kill(before, 'SIGKILL');
    await page.locator('[data-fact=restarts]', { hasText: '1' }).waitFor();
    await page.getByText('SIGKILL').first().waitFor();
    await state(page, 'Running');
    const after = await pidOf(home);
    await page.locator('[data-fact=pid], [data-fact=process]', { hasText: String(after) }).waitFor();
    expect([isAlive(before), isAlive(after)]).toEqual([false, true]);
    expect(complaints).toEqual([]);
  });

  it('the dashboard and the command line control one gateway without conflicts', async () => {
    const home = shared();
    const { page } = await openDashboard(home);
    await state(page, 'Running');
    const first = await pidOf(home);
    await press(page, 'Restart gateway');
    await page.locator('[data-fact=pid], [data-fact=process]', { hasNotText: String(first) }).waitFor();
    await state(page, 'Running');
    const second = await pidOf(home);
    expect(second).not.toBe(first);
    expect(isAlive(first)).toBe(false);
    await press(page, 'Stop gateway');
    await state(page, 'Stopped');
    expect((await home.run('status')).code).toBe(3);
    expect(isAlive(second)).toBe(false);
    await home.startBuiltin();
    await state(page, 'Running');
  });

  it('shows a frozen gateway as what it is, and as running once it thaws', async () => {
    const home = new Home();
    mkdirSync(join(home.folder, 'config'));
    // The default takes 13 s to tell of it.
    writeFileSync(join(home.folder, 'config', 'config.json'), '{"heartbeat":{"intervalMs":300,"timeoutMs":300}}');
    await home.startBuiltin();
    const { page } = await openDashboard(home);
    await state(page, 'Running');
    const pid = await pidOf(home);
    process.kill(pid, 'SIGSTOP');
    onTestFinished(() => {
      if (isAlive(pid)) process.kill(pid, 'SIGCONT');
    });
    await state(page, 'Not responding');
    process.kill(pid, 'SIGCONT');
    await state(page, 'Running');
    expect(await pidOf(home)).toBe(pid);
  });

  it('streams a chat reply, and shows HTML as text', async () => {
    const home = shared();
    const { page, complaints } = await openDashboard(home);
    await page.locator('.chat textarea').fill('<img src=x onerror=alert(1)> hello');
    await page.keyboard.press('Enter');
    await page.locator('.message[data-author=agent]', { hasText: 'Echo (no model configured): <img src=x' }).waitFor();
    expect(await page.locator('.chat img').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it('teaches on a first run without a gateway', async () => {
    const home = new Home({ PATH: '/nowhere' });
    const { page } = await openDashboard(home);
    await page.locator('.first-run').waitFor();
    expect((await home.run('status')).code).toBe(3);
  });

  it('says that its host is gone, keeps what it knew, and comes back with the next one', async () => {
    const home = shared();
    const { page } = await openDashboard(home);
    await state(page, 'Running');
    await home.run('stop');
    await page.locator('.banner').waitFor();
    await page.locator('.state-card').waitFor();
  });
});
