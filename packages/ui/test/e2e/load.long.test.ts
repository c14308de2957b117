import { createNotification } from '@deskclaw/protocol';
import { describe, expect, it } from 'vitest';
import { hasBrowser } from '../support/browser.ts';
import { BrowserHarness } from '../support/browser-harness.ts';
import { scenes } from '../support/scenes.ts';
import type { ScriptedHost } from '../support/scripted-host.ts';

const PER_SECOND = 2_000;
const STEP_MS = 20;

/** Tells `PER_SECOND` statuses, log lines or notices a second until it is stopped; returns how many it told. */
function flood(host: ScriptedHost): () => number {
  let reported = 0;
  const startedAt = performance.now();
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - startedAt) / 1_000) * PER_SECOND);
    for (; reported < due; reported += 1) {
      const at = Date.now();
      if (reported % 3 === 0) host.status = { ...scenes.running(at), restarts: reported };
      else if (reported % 3 === 1)
        host.emit('log', { at, source: 'gateway', level: 'info', text: `line ${String(reported)}` });
      else
        host.sendRaw(
          JSON.stringify(
            createNotification('gateway.notification', { method: `event.${String(reported)}`, params: { reported } }),
          ),
        );
    }
  }, STEP_MS);
  return () => {
    clearInterval(timer);
    return reported;
  };
}

describe.skipIf(!hasBrowser)('2,000 events a second', { timeout: 120_000 }, () => {
  const harness = new BrowserHarness();

  it.each(['', '#logs'])('the screen %j stays responsive at 2,000 events a second', async (path) => {
    const { page, host } = await harness.open('running');
    await page.locator('.chat textarea').waitFor();
    await page.evaluate((hash) => {
      location.hash = hash;
    }, path);
    const field = path === '' ? page.locator('.chat textarea') : page.getByRole('searchbox');
    await field.waitFor();
    const stop = flood(host);
    await page.evaluate(() => {
      const frames: number[] = [];
      const echoes: number[] = [];
      const count = (at: number) => {
        frames.push(at);
        requestAnimationFrame(count);
      };
      requestAnimationFrame(count);
      document.addEventListener('input', (event) => {
        requestAnimationFrame(() => echoes.push(performance.now() - event.timeStamp));
      });
      Object.assign(window, { measured: { frames, echoes } });
    });
    const text = 'line 1 is typed';
    for (const key of text) {
      await field.press(key === ' ' ? 'Space' : key);
      await page.waitForTimeout(100);
    }
    const typed = await field.inputValue();
    const { fps, worstFrame, worstEcho, echoes } = await page.evaluate(() => {
      const { frames, echoes } = (window as unknown as { measured: { frames: number[]; echoes: number[] } }).measured;
      const gaps = frames.slice(1).map((at, index) => at - (frames[index] ?? at));
      const seconds = ((frames.at(-1) ?? 0) - (frames[0] ?? 0)) / 1_000;
      return {
        fps: frames.length / seconds,
        worstFrame: Math.max(...gaps),
        worstEcho: Math.max(...echoes),
        echoes: echoes.length,
      };
    });
    const reported = stop();
    console.log(
      `${String(reported)} events: ${fps.toFixed(0)} frames/s, longest frame ${worstFrame.toFixed(0)} ms, slowest echo of a key ${worstEcho.toFixed(0)} ms`,
    );
    // All keys came through while the flood went on, and pictures were painted in between, not after.
    expect(typed).toBe(text);
    expect(echoes).toBe(text.length);
    expect(fps).toBeGreaterThan(5);
    expect(reported).toBeGreaterThan(PER_SECOND);
    if (path !== '') return;
    // After the load ends, the newest state is shown.
    host.status = { ...scenes.running(Date.now()), restarts: 123_456 };
    await page.locator('[data-fact=restarts]', { hasText: '123456' }).waitFor();
    expect(await page.locator('.activity-row').count()).toBe(50);
  });
});
