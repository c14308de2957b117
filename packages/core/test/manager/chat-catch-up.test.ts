import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { isTerminal } from '../../src/chat/chat-reducer.ts';
import { GatewayConnection } from '../../src/connection/connection.ts';
import { wsSockets } from '../../src/ports/node/ws-sockets.ts';
import { breakableWay, heldModel, updatesOf } from './broken-chat.ts';
import { foreignGateway, freePort, gatewayCommand, manage, pidOf, stopAll } from './builtin.ts';

afterEach(stopAll);

describe.each(['jsonrpc', 'openclaw'] as const)('a reply that the connection breaks under (%s)', (dialect) => {
  const sessionKey = dialect === 'openclaw' ? 'agent:main:main' : 'main';

  async function scene() {
    const model = await heldModel();
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
    const chat = updatesOf(manager);
    await manager.rpc('chat.send', { sessionKey, message: 'hello', idempotencyKey: 'run-1' });
    await chat.until(({ state }) => state === 'delta');
    return { model, port, way, manager, ...chat };
  }

  /** Asked of the gateway by another way. */
  async function ended(port: number): Promise<void> {
    await using other = new GatewayConnection({
      url: `ws://127.0.0.1:${String(port)}/ws`,
      dialect,
      socketFactory: wsSockets,
    });
    other.connect();
    await other.whenReady();
    for (;;) {
      const history = JSON.stringify(await other.request<string>('chat.history', { sessionKey }));
      if (history.includes('and the second')) return;
    }
  }

  it('a reply that ended during the break is completed from the history, whole and once', async () => {
    const { model, port, way, updates, until } = await scene();
    way.break();
    model.finish();
    await ended(port);
    expect(updates.some(isTerminal)).toBe(false);
    way.restore();
    const end = await until(isTerminal);
    expect(end).toMatchObject({ runId: 'run-1', state: 'final', text: 'the first half and the second' });
    expect(updates.filter(isTerminal)).toHaveLength(1);
  });

  it('a reply that still works after the break goes on and ends once', async () => {
    const { model, way, manager, updates, until } = await scene();
    way.break();
    await manager.waitFor('reconnecting');
    way.restore();
    await manager.waitFor('running');
    await manager.rpc('chat.history', { sessionKey });
    model.finish();
    const end = await until(isTerminal);
    expect(end).toMatchObject({ runId: 'run-1', state: 'final', text: 'the first half and the second' });
    expect(updates.filter(isTerminal)).toHaveLength(1);
  });

  it('a reply whose gateway died is reported as unconfirmed', async () => {
    const model = await heldModel();
    const manager = manage({ command: [...gatewayCommand(), '--dialect', dialect, ...model.flags], dialect });
    await manager.start();
    const { updates, until } = updatesOf(manager);
    await manager.rpc('chat.send', { sessionKey, message: 'hello', idempotencyKey: 'run-1' });
    await until(({ state }) => state === 'delta');
    process.kill(pidOf(manager), 'SIGKILL');
    expect(await until(isTerminal)).toMatchObject({ runId: 'run-1', state: 'unconfirmed', text: 'the first half' });
    expect(updates.filter(isTerminal)).toHaveLength(1);
  });
});
