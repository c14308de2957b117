import { createServer, type ServerResponse } from 'node:http';
import { connect, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { GatewayConnection } from '../../src/connection/connection.ts';
import type { GatewayManager } from '../../src/manager/gateway-manager.ts';
import { isTerminal } from '../../src/openclaw/chat-runs.ts';
import type { ChatUpdate } from '../../src/openclaw/chat-state.ts';
import { wsSockets } from '../../src/ports/node/ws-sockets.ts';
import { foreignGateway, freePort, gatewayCommand, manage, pidOf, stopAll } from './builtin.ts';

afterEach(stopAll);

async function portOf(server: Pick<Server, 'listen' | 'address'>): Promise<number> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** A model whose reply goes on when it is told to. */
async function heldModel() {
  const replies: ServerResponse[] = [];
  const server = createServer((_request, response) => {
    replies.push(response);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    say(response, { delta: { content: 'the first half' } });
  });
  const say = (response: ServerResponse, choice: object): void => {
    response.write(`data: ${JSON.stringify({ choices: [choice] })}\n\n`);
  };
  const port = await portOf(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    flags: ['--model-url', `http://127.0.0.1:${String(port)}/v1`, '--model', 'm'],
    finish: () => {
      for (const response of replies.splice(0)) {
        say(response, { delta: { content: ' and the second' }, finish_reason: 'stop' });
        response.end('data: [DONE]\n\n');
      }
    },
  };
}

/** The way to a gateway, which can be broken and mended. */
async function breakableWay(target: number) {
  const open = new Set<Socket>();
  let broken = false;
  const server = createTcpServer((near) => {
    const far = connect(target, '127.0.0.1');
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        open.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
    if (broken) near.destroy();
  });
  const port = await portOf(server);
  const cut = () => {
    for (const socket of open) socket.destroy();
  };
  onTestFinished(() => {
    cut();
    server.close();
  });
  return {
    port,
    break: () => {
      broken = true;
      cut();
    },
    mend: () => {
      broken = false;
    },
  };
}

function updatesOf(manager: GatewayManager) {
  const updates: ChatUpdate[] = [];
  const waiting = new Set<() => void>();
  manager.on('chat:message', (update) => {
    updates.push(update);
    for (const look of waiting) look();
  });
  return {
    updates,
    until: (holds: (update: ChatUpdate) => boolean) =>
      new Promise<ChatUpdate>((resolve) => {
        const look = () => {
          const found = updates.find(holds);
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
  };
}

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

  it('ends by the history, whole and once, where its last word was said meanwhile', async () => {
    const { model, port, way, updates, until } = await scene();
    way.break();
    model.finish();
    await ended(port);
    expect(updates.some(isTerminal)).toBe(false);
    way.mend();
    const end = await until(isTerminal);
    expect(end).toMatchObject({ runId: 'run-1', state: 'final', text: 'the first half and the second' });
    expect(updates.filter(isTerminal)).toHaveLength(1);
  });

  it('goes on where it works still, and ends once', async () => {
    const { model, way, manager, updates, until } = await scene();
    way.break();
    await manager.waitFor('reconnecting');
    way.mend();
    await manager.waitFor('running');
    await manager.rpc('chat.history', { sessionKey });
    model.finish();
    const end = await until(isTerminal);
    expect(end).toMatchObject({ runId: 'run-1', state: 'final', text: 'the first half and the second' });
    expect(updates.filter(isTerminal)).toHaveLength(1);
  });

  it('is unconfirmed, and said to be, where its gateway died with it', async () => {
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
