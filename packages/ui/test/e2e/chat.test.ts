import { describeProblem } from '@deskclaw/protocol';
import { describe, expect, it } from 'vitest';
import { hasBrowser } from '../support/browser.ts';
import { accessibilityViolations, BrowserHarness } from '../support/browser-harness.ts';
import { scenes } from '../support/scenes.ts';
import type { ScriptedHost } from '../support/scripted-host.ts';

function stream(host: ScriptedHost, state: string, text: string, more: object = {}): void {
  const params = { runId: 'r1', sessionKey: 'main', role: 'assistant', state, text, seq: 1, ...more };
  host.emit('gateway.notification', { method: 'chat.message_received', params });
}

describe.skipIf(!hasBrowser)('the chat', { timeout: 120_000 }, () => {
  const harness = new BrowserHarness();

  async function open() {
    const play = await harness.open('running');
    play.host.answerRpc('chat.send', () => ({ result: { runId: 'r1', status: 'started' } }));
    const field = play.page.locator('.chat textarea');
    await field.waitFor();
    const say = async (text: string) => {
      await field.fill(text);
      await field.press('Enter');
    };
    return { ...play, field, say, last: play.page.locator('.message').last() };
  }

  it('a reply streams from the first word to the last', async () => {
    const { page, host, say, last } = await open();
    await say('hello');
    await page.locator('.message[data-author=user]', { hasText: 'hello' }).waitFor();
    await last.getByText('Thinking…').waitFor();
    stream(host, 'delta', 'One');
    await last.getByText('One', { exact: true }).waitFor();
    stream(host, 'delta', 'One two\n```\nthree\n```');
    await last.locator('pre', { hasText: 'three' }).waitFor();
    expect(await accessibilityViolations(page)).toEqual([]);
    stream(host, 'final', 'One two.');
    await last.getByText('One two.', { exact: true }).waitFor();
    expect(await page.getByRole('button', { name: /^Stop/u }).allTextContents()).toEqual(['Stop gateway']);
    await page.getByRole('status').getByText('The agent replied').waitFor({ state: 'attached' });
  });

  it('Stop reply shows the reply as stopped once the gateway confirms', async () => {
    const { host, say, last } = await open();
    await say('hello');
    stream(host, 'delta', 'Once upon');
    const asked = host.nextRequest('chat.abort');
    await last.getByRole('button', { name: 'Stop reply' }).click();
    expect((await asked).params).toEqual({ sessionKey: 'main', runId: 'r1' });
    stream(host, 'aborted', 'Once upon');
    await last.getByText('Stopped').waitFor();
  });

  it('stopping the gateway says first which reply it cuts off, and the reply says so afterwards', async () => {
    const { page, host, say, last } = await open();
    await say('hello');
    stream(host, 'delta', 'Once upon');
    await last.getByText('Once upon').waitFor();
    await page.getByRole('button', { name: 'Stop gateway', exact: true }).click();
    const question = page.getByRole('alertdialog');
    await question.getByText('The agent is still writing a reply, which would be cut off.').waitFor();
    expect(await accessibilityViolations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await question.waitFor({ state: 'detached' });
    expect(host.received.some((one) => one.method === 'gateway.stop')).toBe(false);
    const asked = host.nextRequest('gateway.stop');
    await page.getByRole('button', { name: 'Stop gateway', exact: true }).click();
    await question.getByRole('button', { name: 'Stop gateway anyway' }).click();
    await asked;
    host.status = scenes.stopping(Date.now());
    await last.getByText('The gateway was stopped before this reply was complete.').waitFor();
  });

  it('a long reply shows its newest words while it is written, and all of it once it is the last', async () => {
    const { host, say, last } = await open();
    await say('hello');
    const text = `${'word '.repeat(2_000)}the newest words`;
    stream(host, 'delta', text);
    await last.getByText('the newest words').waitFor();
    stream(host, 'final', text);
    await last.locator('.caret').waitFor({ state: 'detached' });
    expect((await last.locator('.message-text').textContent())?.length).toBe(text.length);
  });

  it('an unconfirmed message is resent only on request, with the same key', async () => {
    const { page, host, say } = await open();
    const problem = describeProblem('connection.lost', { code: 1006 }, Date.now());
    host.answerRpc('chat.send', () => ({ problem, outcome: 'unknown' }));
    await say('pay the bill');
    await page.getByText(/^Delivery unconfirmed/u).waitFor();
    expect(await accessibilityViolations(page)).toEqual([]);
    host.answerRpc('chat.send', () => ({ result: { runId: 'r1', status: 'in_flight' } }));
    await page.getByRole('button', { name: 'Send again' }).click();
    await page.getByText('Thinking…').waitFor();
    const keys = host.received.filter((one) => one.method === 'chat.send').map((one) => JSON.stringify(one.params));
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
  });

  it('a refused message shows the reason and can be discarded', async () => {
    const { page, host, say } = await open();
    const facts = { method: 'chat.send', code: -32_003, message: 'no rights' };
    host.answerRpc('chat.send', () => ({
      problem: describeProblem('rpc.error', facts, Date.now()),
      outcome: 'answered',
    }));
    await say('hello');
    await page.getByText(/^Not sent\. .*no rights/u).waitFor();
    await page.getByRole('button', { name: 'Discard' }).click();
    await page.locator('.message').waitFor({ state: 'detached' });
  });

  it('a lost connection is shown at the interrupted reply', async () => {
    const { page, host, say } = await open();
    await say('hello');
    stream(host, 'delta', 'half');
    await page.getByText('half').waitFor();
    host.status = scenes.reconnecting(Date.now());
    await page.getByText(/^The connection was lost here/u).waitFor();
    expect(await page.locator('.chat textarea').getAttribute('placeholder')).toBe('The gateway is not running');
  });

  it('the transcript follows new text unless it was scrolled up', async () => {
    const { page, host } = await open();
    const list = page.locator('.transcript');
    const distance = () => list.evaluate((element) => element.scrollHeight - element.scrollTop - element.clientHeight);
    const lines = (count: number) => Array.from({ length: count }, (_, index) => `line ${String(index)}`).join('\n');
    stream(host, 'delta', lines(60));
    await page.getByText('line 59').waitFor();
    expect(await distance()).toBeLessThan(2);
    await list.evaluate((element) => {
      element.scrollTop = 0;
    });
    await page.getByRole('button', { name: 'Latest' }).waitFor();
    stream(host, 'delta', lines(80));
    await page.getByText('line 79').waitFor();
    expect(await list.evaluate((element) => element.scrollTop)).toBe(0);
    await page.getByRole('button', { name: 'Latest' }).click();
    expect(await distance()).toBeLessThan(2);
  });

  it('the draft is kept while the gateway is away', async () => {
    const { page, host, field } = await open();
    await field.fill('half a thought');
    host.status = scenes.stopped(Date.now());
    await page.locator('.state-word', { hasText: 'Stopped' }).waitFor();
    await field.press('Enter');
    expect(host.received.some((one) => one.method === 'chat.send')).toBe(false);
    expect(await field.inputValue()).toBe('half a thought');
  });
});
