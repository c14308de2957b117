import { describe, expect, it } from 'vitest';
import { hasBrowser } from '../support/browser.ts';
import { BrowserHarness } from '../support/browser-harness.ts';
import { scenes } from '../support/scenes.ts';

/** Stands in for Electron: hands the page a port whose other end is a socket to the host, and tells it when that is gone. */
function bridge(): void {
  Object.defineProperty(window, 'deskclaw', {
    value: {
      connect: () => {
        const { port1, port2 } = new MessageChannel();
        const socket = new WebSocket(`ws://${location.host}/control`);
        socket.onopen = () => {
          port2.onmessage = (event: MessageEvent<string>) => socket.send(event.data);
        };
        socket.onmessage = (event: MessageEvent<string>) => port2.postMessage(event.data);
        socket.onclose = () => port1.dispatchEvent(new Event('close'));
        dispatchEvent(new MessageEvent('message', { data: 'deskclaw:port', source: window, ports: [port1] }));
      },
    },
  });
}

describe.skipIf(!hasBrowser)('the page of the desktop window', { timeout: 120_000 }, () => {
  const harness = new BrowserHarness();

  it('the page reaches the host through its port, and reconnects through a new one', async () => {
    const { page, host, consoleErrors } = await harness.open('running', {
      path: 'desktop.html',
      prepare: (_host, page) => page.addInitScript(bridge),
    });
    await page.locator('.state-word', { hasText: 'Running' }).waitFor();
    expect(consoleErrors).toEqual([]);
    await host.kill();
    await page.locator('.state-card[data-stale]').waitFor();
    await host.start();
    host.status = scenes.stopped(Date.now());
    await page.locator('.state-word', { hasText: 'Stopped' }).waitFor();
    const asked = host.nextRequest('gateway.start');
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await asked;
  });

  it('the page ignores ports of other messages', async () => {
    const { page, host } = await harness.open('running', {
      path: 'desktop.html',
      prepare: (_host, page) =>
        page.addInitScript(() => {
          Object.defineProperty(window, 'deskclaw', { value: { connect: () => undefined } });
        }),
    });
    await page.locator('.opening').waitFor({ state: 'attached' });
    const heard = await page.evaluate(async () => {
      const { port1, port2 } = new MessageChannel();
      let frames = 0;
      port2.onmessage = () => {
        frames += 1;
      };
      const [foreign] = [document.body.appendChild(document.createElement('iframe'))];
      dispatchEvent(new MessageEvent('message', { data: 'something:else', source: window, ports: [port1] }));
      dispatchEvent(
        new MessageEvent('message', { data: 'deskclaw:port', source: foreign.contentWindow, ports: [port1] }),
      );
      // A message sent now arrives after whatever the page would have sent.
      await new Promise((resolve) => {
        port2.addEventListener('message', (event) => event.data === 'last' && resolve(undefined));
        port1.postMessage('last');
      });
      return frames;
    });
    expect(heard).toBe(1);
    expect(host.clients).toBe(0);
  });
});
