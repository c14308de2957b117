import { createNotification, describeProblem, type GatewayStatus } from '@deskclaw/protocol';
import { describe, expect, it } from 'vitest';
import { hasBrowser } from '../support/browser.ts';
import { BrowserHarness } from '../support/browser-harness.ts';
import { scenes } from '../support/scenes.ts';

const MARKUP = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script><style>*{display:none}</style>';

function chatDelta(text: string, state = 'delta'): string {
  const params = { runId: 'r', sessionKey: 'main', role: 'assistant', state, text, seq: 1 };
  return JSON.stringify(createNotification('gateway.notification', { method: 'chat.message_received', params }));
}

function marked(now: number): GatewayStatus {
  const facts = { source: MARKUP, message: `${MARKUP} said the gateway` };
  return {
    ...scenes.paused(now),
    version: MARKUP,
    url: `ws://${MARKUP}/`,
    host: MARKUP,
    problem: describeProblem('auth.token-mismatch', facts, now),
  };
}

describe.skipIf(!hasBrowser)('what a gateway says', { timeout: 120_000 }, () => {
  const harness = new BrowserHarness();

  it('foreign markup is shown as text everywhere', async () => {
    const { page, host, consoleErrors } = await harness.open('running', {
      prepare: (host) => {
        host.info = { ...host.info, profile: MARKUP, version: MARKUP };
        host.records = [{ at: Date.now(), category: 'process', what: MARKUP, cause: MARKUP }];
        host.answerRpc('chat.history', () => ({ result: { messages: [{ role: 'user', content: MARKUP }] } }));
      },
    });
    await page.locator('.message', { hasText: '<script>' }).waitFor();
    host.status = marked(Date.now());
    host.emit('log', { at: Date.now(), source: 'gateway', level: 'error', text: MARKUP });
    host.emit('gateway.notification', { method: MARKUP, params: { [MARKUP]: MARKUP } });
    host.sendRaw(chatDelta(`${MARKUP}\n\`\`\`\n${MARKUP}`));
    await page.locator('.problem', { hasText: '<img src=x onerror=' }).waitFor();
    await page.locator('.activity-row', { hasText: '<img src=x' }).first().waitFor();
    await page.locator('.message pre', { hasText: '<script>' }).waitFor();
    await page.getByRole('link', { name: 'Logs' }).click();
    await page.locator('.log-line', { hasText: '<style>' }).waitFor();
    expect(
      await page.evaluate(() => [
        Reflect.get(window, 'hacked'),
        document.querySelectorAll('img, #app script, #app style').length,
      ]),
    ).toEqual([undefined, 0]);
    expect(consoleErrors).toEqual([]);
  });

  it('a payload of 10 MB does not break the page', async () => {
    const { page, host } = await harness.open('running');
    await page.locator('.chat textarea').waitFor();
    const long = `start ${'0123456789abcdef '.repeat(616_809)}`;
    host.sendRaw(chatDelta(long));
    await page
      .locator('.message', { hasText: /The first 10,3\d\d,\d\d\d of 10,4\d\d,\d\d\d characters are not shown/u })
      .waitFor();
    host.emit('log', { at: Date.now(), source: 'gateway', level: 'info', text: long });
    host.emit('gateway.notification', { method: 'flood', params: { long } });
    await page.locator('.activity-row', { hasText: 'flood' }).waitFor();
    await page.locator('.chat textarea').fill('still here');
    expect(await page.locator('.chat textarea').inputValue()).toBe('still here');
    const size = await page.evaluate(() => document.body.textContent.length);
    expect(size).toBeLessThan(150_000);
  });

  it('an invalid frame changes nothing and is counted', async () => {
    const { page, host } = await harness.open('running');
    await page.locator('.state-word', { hasText: 'Running' }).waitFor();
    const broken = [
      '',
      '{',
      'null',
      '[]',
      '7',
      '"text"',
      '{"jsonrpc":"1.0","method":"gateway.status","params":{}}',
      '{"jsonrpc":"2.0","method":"gateway.status"}',
      '{"jsonrpc":"2.0","method":"gateway.status","params":[]}',
      '{"jsonrpc":"2.0","method":"gateway.status","params":{"state":"stopped"}}',
      '{"jsonrpc":"2.0","id":1}',
      '{"jsonrpc":"2.0","id":1,"result":1,"error":{"code":1,"message":"x"}}',
      `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
    ];
    for (const frame of broken) host.sendRaw(frame);
    await page.locator('.status-bar', { hasText: `${String(broken.length)} unreadable` }).waitFor();
    expect(await page.locator('.state-word').textContent()).toBe('Running');
    host.sendRaw('{"jsonrpc":"2.0","id":987654,"result":{}}');
    host.status = scenes.stopped(Date.now());
    await page.locator('.state-word', { hasText: 'Stopped' }).waitFor();
  });
});
