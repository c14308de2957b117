import { createServer, type ServerResponse } from 'node:http';
import { connect, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { ChatUpdate } from '../../src/chat/chat-types.ts';
import type { GatewayManager } from '../../src/manager/gateway-manager.ts';

async function portOf(server: Pick<Server, 'listen' | 'address'>): Promise<number> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** A model whose reply goes on when it is told to. @param opening its first words. */
export async function heldModel(opening = 'the first half') {
  const replies: ServerResponse[] = [];
  const server = createServer((_request, response) => {
    replies.push(response);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    say(response, { delta: { content: opening } });
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
    /** More of every reply. */
    say: (words: string) => {
      for (const response of replies) say(response, { delta: { content: words } });
    },
    finish: (words = ' and the second') => {
      for (const response of replies.splice(0)) {
        say(response, { delta: { content: words }, finish_reason: 'stop' });
        response.end('data: [DONE]\n\n');
      }
    },
  };
}

/** The way to a gateway, which can be broken and mended. */
export async function breakableWay(target: number) {
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
    restore: () => {
      broken = false;
    },
  };
}

export function updatesOf(manager: GatewayManager) {
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
