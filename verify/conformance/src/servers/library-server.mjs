/**
 * Runs a JSON-RPC server made with somebody else's library: `node library-server.mjs NAME FOLDER PORT [PROGRAM ARGUMENTS...]`.
 * FOLDER holds the installed packages. Each server has a method that answers with its parameters, and one that makes it send a
 * notification.
 */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [name = '', folder = '', portText = '0', ...bridged] = process.argv.slice(2);
const port = Number(portText);
const host = '127.0.0.1';
/** Loads a package of FOLDER. */
const load = createRequire(join(folder, 'package.json'));
const { WebSocketServer } = load('ws');

/** A WebSocket in the form that vscode-ws-jsonrpc takes. */
function languageSocket(socket) {
  return {
    send: (text) => socket.send(text),
    onMessage: (listener) => socket.on('message', (data) => listener(data.toString())),
    onError: (listener) => socket.on('error', listener),
    onClose: (listener) => socket.on('close', listener),
    dispose: () => socket.close(),
  };
}

/** Speaks the framing of language servers on stdio ("Content-Length") with a process, for one socket. */
function bridge(socket, [program, ...args]) {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  let rest = Buffer.alloc(0);
  child.stdout.on('data', (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const end = rest.indexOf('\r\n\r\n');
      const length = Number(/content-length: *(\d+)/i.exec(rest.subarray(0, Math.max(0, end)).toString('latin1'))?.[1]);
      if (end < 0 || rest.length < end + 4 + length) return;
      socket.send(rest.subarray(end + 4, end + 4 + length).toString('utf8'));
      rest = rest.subarray(end + 4 + length);
    }
  });
  child.on('exit', () => socket.close());
  child.stdin.on('error', () => undefined);
  socket.on('message', (data) => child.stdin.write(`Content-Length: ${String(data.length)}\r\n\r\n${data.toString()}`));
  socket.on('close', () => child.kill());
}

function serveSockets(accept) {
  new WebSocketServer({ port, host }).on('connection', accept);
}

const servers = {
  async 'rpc-websockets'() {
    const { Server } = load('rpc-websockets');
    const server = new Server({ port, host });
    server.event('feed');
    server.register('echo', (params) => params);
    server.register('poke', () => {
      setImmediate(() => server.emit('feed', 1));
      return true;
    });
    // A client is told of events that it has subscribed to.
  },
  async jayson() {
    const jayson = load('jayson');
    const server = new jayson.Server({ echo: (params, callback) => callback(null, params) });
    server.websocket({ port, host });
  },
  async 'json-rpc-2.0'() {
    const { JSONRPCServer } = load('json-rpc-2.0');
    serveSockets((socket) => {
      const server = new JSONRPCServer();
      server.addMethod('echo', (params) => params);
      server.addMethod('poke', () => {
        socket.send(JSON.stringify({ jsonrpc: '2.0', method: 'feed' }));
        return true;
      });
      socket.on('message', async (data) => {
        const answer = await server.receive(JSON.parse(data.toString()));
        if (answer) socket.send(JSON.stringify(answer));
      });
    });
  },
  async 'vscode-ws-jsonrpc'() {
    const module = await import(pathToFileURL(load.resolve('vscode-ws-jsonrpc')).href);
    serveSockets((socket) => {
      const connection = module.createWebSocketConnection(languageSocket(socket), new module.ConsoleLogger());
      connection.onRequest('echo', (params) => params);
      connection.onRequest('poke', () => {
        void connection.sendNotification('feed', { n: 1 });
        return true;
      });
      connection.onRequest('ask back', async () => connection.sendRequest('who are you', { from: 'server' }));
      connection.listen();
    });
  },
  async 'vscode-languageserver'() {
    const { createConnection, TextDocumentSyncKind } = load('vscode-languageserver/node');
    const module = await import(pathToFileURL(load.resolve('vscode-ws-jsonrpc')).href);
    serveSockets((socket) => {
      const channel = languageSocket(socket);
      const connection = createConnection(
        new module.WebSocketMessageReader(channel),
        new module.WebSocketMessageWriter(channel),
      );
      connection.onInitialize(() => ({ capabilities: { textDocumentSync: TextDocumentSyncKind.Full } }));
      connection.onRequest('poke', () => {
        connection.console.log('poked');
        return true;
      });
      connection.listen();
    });
  },
  async mcp() {
    const { Server } = load('@modelcontextprotocol/sdk/server/index.js');
    const { ListToolsRequestSchema } = load('@modelcontextprotocol/sdk/types.js');
    serveSockets((socket) => {
      const server = new Server(
        { name: 'conformance', version: '1' },
        { capabilities: { tools: { listChanged: true } } },
      );
      server.setRequestHandler(ListToolsRequestSchema, async () => {
        setImmediate(() => void server.sendToolListChanged());
        return { tools: [{ name: 'echo', inputSchema: { type: 'object' } }] };
      });
      const transport = {
        start: async () => {
          socket.on('message', (data) => transport.onmessage?.(JSON.parse(data.toString())));
          socket.on('close', () => transport.onclose?.());
        },
        send: async (message) => socket.send(JSON.stringify(message)),
        close: async () => socket.close(),
      };
      void server.connect(transport);
    });
  },
  async bridge() {
    serveSockets((socket) => bridge(socket, bridged));
  },
};

await servers[name]();
