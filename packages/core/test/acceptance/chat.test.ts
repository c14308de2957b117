import { afterEach, expect, it, onTestFinished } from 'vitest';
import { isTerminal } from '../../src/chat/chat-reducer.ts';
import { GatewayError } from '../../src/errors/gateway-error.ts';
import { breakableWay, heldModel, updatesOf } from '../manager/broken-chat.ts';
import { foreignGateway, freePort, manage, stopAll } from '../manager/builtin.ts';

afterEach(stopAll);

const WORDS = 1_000;
const BREAKS = 3;
const words = Array.from({ length: WORDS }, (_, n) => (n === 0 ? 'w0' : ` w${String(n)}`));

it.each(['jsonrpc', 'openclaw'] as const)(
  'a reply of a thousand words through three breaks is whole and ends once, and every call made meanwhile settles (%s)',
  async (dialect) => {
    const model = await heldModel(words[0]);
    const port = await freePort();
    const gateway = await foreignGateway(port, '--dialect', dialect, ...model.flags);
    onTestFinished(() => gateway.end());
    const way = await breakableWay(port);
    const manager = manage({
      mode: 'attach',
      url: `ws://127.0.0.1:${String(way.port)}/ws`,
      dialect,
      reconnect: { baseDelayMs: 5, maxDelayMs: 5, maxAttempts: 100_000 },
    });
    await manager.start();
    const { updates, until } = updatesOf(manager);
    const sessionKey = dialect === 'openclaw' ? 'agent:main:main' : 'main';
    const method = dialect === 'openclaw' ? 'health' : 'system.health';
    const calls: Promise<unknown>[] = [];
    const call = (): void => {
      calls.push(
        manager.rpc<string>(method).catch((error: unknown) => (error instanceof GatewayError ? error.outcome : error)),
      );
    };
    await manager.rpc('chat.send', { sessionKey, message: 'hello', idempotencyKey: 'run-1' });
    await until(({ state }) => state === 'delta');
    const part = Math.ceil(WORDS / (BREAKS + 1));
    for (let said = 1; said < WORDS; said += part) {
      const next = words.slice(said, Math.min(said + part, WORDS - 1));
      for (const word of next) model.say(word);
      const last = next.at(-1) ?? '';
      await until(({ text }) => text.includes(last));
      if (said + part >= WORDS) break;
      call();
      way.break();
      call();
      await manager.waitFor('reconnecting');
      way.restore();
      call();
      await manager.waitFor('running');
      call();
    }
    model.finish(words.at(-1));
    const end = await until(isTerminal);
    expect(end).toMatchObject({ runId: 'run-1', state: 'final' });
    expect(end.text).toBe(words.join(''));
    expect(updates.filter(isTerminal)).toHaveLength(1);
    // Asked again by themselves where they broke; while there was no connection, told to be not sent.
    const outcomes = await Promise.all(calls);
    expect(outcomes).toHaveLength(4 * BREAKS);
    expect(outcomes.every((outcome) => outcome === 'not-sent' || typeof outcome === 'object')).toBe(true);
    expect(outcomes.filter((outcome) => typeof outcome === 'object').length).toBeGreaterThanOrEqual(BREAKS);
  },
);
