import {
  AbstractMessageReader,
  AbstractMessageWriter,
  createMessageConnection,
  type DataCallback,
  type Disposable,
  type Message,
} from 'vscode-jsonrpc/node';
import { WebSocket } from 'ws';
import type { Connect } from '../peer.ts';

class Reader extends AbstractMessageReader {
  readonly #socket: WebSocket;
  constructor(socket: WebSocket) {
    super();
    this.#socket = socket;
  }
  listen(callback: DataCallback): Disposable {
    const take = (data: unknown) => callback(JSON.parse(String(data)));
    this.#socket.on('message', take);
    return { dispose: () => this.#socket.off('message', take) };
  }
}
class Writer extends AbstractMessageWriter {
  readonly #socket: WebSocket;
  constructor(socket: WebSocket) {
    super();
    this.#socket = socket;
  }
  write(message: Message): Promise<void> {
    this.#socket.send(JSON.stringify(message));
    return Promise.resolve();
  }
  end(): void {
    this.#socket.close();
  }
}

export const connect: Connect = async (url) => {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const connection = createMessageConnection(new Reader(socket), new Writer(socket));
  connection.listen();
  return {
    call: (params) => connection.sendRequest('echo', params),
    close: () => {
      connection.dispose();
      socket.terminate();
    },
  };
};
