import { type ChildProcess, spawn } from 'node:child_process';
import { isObject } from '@deskclaw/protocol';

/** The user "nobody" of every Unix. */
export const OTHER_USER = 65_534;

/** Why no process of a second user can be started here; `undefined`: it can. */
export const noOtherUser = process.getuid?.() === 0 ? undefined : 'only root can start a process of another user';

/**
 * Runs in a process of the other user, so it may use nothing of this folder. Listens on the port of its first message, as an OpenClaw
 * gateway that greets first, and tells every byte that it receives.
 */
const program = String.raw`
const { createHash } = require('node:crypto');
const { createServer } = require('node:http');
const tell = (what) => process.send(what);
const frame = (text) => Buffer.concat([Buffer.from([0x81, 126, text.length >> 8, text.length & 255]), Buffer.from(text)]);
const challenge = JSON.stringify({ type: 'event', event: 'connect.challenge', payload: { nonce: 'n', ts: 1 }, pad: 'x'.repeat(200) });
const answer = (key) => createHash('sha1').update(key + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11').digest('base64');
const server = createServer((request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end('{"ok":true}');
});
server.on('connection', (socket) => {
  tell({ connected: true });
  socket.on('error', () => undefined);
  socket.on('close', () => tell({ disconnected: true }));
  socket.on('data', (data) => tell({ heard: data.toString('latin1') }));
});
server.on('upgrade', (request, socket) => {
  const key = request.headers['sec-websocket-key'];
  socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ' + answer(key) + '\r\n\r\n');
  socket.write(frame(challenge));
  socket.on('data', (data) => tell({ heard: data.toString('latin1') }));
});
process.on('disconnect', () => process.exit());
process.on('message', ({ port, host }) => server.listen(port, host, () => tell({ listens: server.address().port })));
tell({ ready: process.getuid() });
`;

/** A program of another user that stands on the port of a gateway. */
export class OtherUsersProgram {
  /** All bytes it received, one character each. */
  heard = '';
  connections = 0;
  readonly #child: ChildProcess;
  readonly #waiting = new Set<(message: Readonly<Record<string, unknown>>) => void>();

  private constructor(user: number) {
    this.#child = spawn(process.execPath, ['-e', program], {
      ...(user === process.getuid?.() ? {} : { uid: user, gid: user }),
      cwd: '/',
      env: {},
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#child.on('message', (message: unknown) => {
      if (!isObject(message)) return;
      if (typeof message['heard'] === 'string') this.heard += message['heard'];
      if ('connected' in message) this.connections += 1;
      for (const each of this.#waiting) each(message);
    });
  }

  static async start(options: { readonly port?: number; readonly user?: number; readonly host?: string } = {}) {
    const started = new OtherUsersProgram(options.user ?? OTHER_USER);
    await started.says('ready');
    const listens = started.says('listens');
    started.#child.send({ port: options.port ?? 0, host: options.host ?? '127.0.0.1' });
    return { program: started, port: Number((await listens)['listens']) };
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  says(what: string): Promise<Readonly<Record<string, unknown>>> {
    return new Promise((resolve) => this.#waiting.add((message) => what in message && resolve(message)));
  }

  /** Stops it: connections then wait in the backlog of its socket, accepted by no process. */
  stop(): void {
    this.#child.kill('SIGSTOP');
  }

  continue(): void {
    this.#child.kill('SIGCONT');
  }

  end(): Promise<unknown> {
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    return gone;
  }
}
