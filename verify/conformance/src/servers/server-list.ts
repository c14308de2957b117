import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { GatewayManager, GatewayManagerOptions } from '@deskclaw/core';

/** What a server needs that is made for one run of it. */
export interface ServerPlace {
  /** Folder of the installed npm packages. */
  readonly packages: string;
  /** An empty folder of its own. */
  readonly folder: string;
  /** A second free port. */
  readonly otherPort: number;
}

type Frame = Readonly<Record<string, unknown>>;

/** A JSON-RPC server that somebody else wrote, and how to try it. */
export interface OtherServer {
  readonly name: string;
  /** npm packages, or a program of the system that is looked for on the PATH. */
  readonly from: 'npm' | { readonly program: string };
  /** What has to be set for it, beyond the command. */
  readonly options: GatewayManagerOptions;
  command(place: ServerPlace): readonly string[];
  /** A request, and whether its result is right. */
  readonly call: {
    readonly method: string;
    readonly params?: object;
    readonly fits: (result: unknown) => boolean;
  };
  /** Makes the server send something unasked, and tells it by its frame. Absent where nothing provokes it. */
  readonly notification?: {
    readonly event: 'notification' | 'message';
    readonly provoke: (manager: GatewayManager, place: ServerPlace) => unknown;
    readonly isIt: (frame: Frame) => boolean;
  };
}

/** Every package that a server here is made with. One of them wants a compiler for an optional part, so no install script runs. */
export const serverPackages: Readonly<Record<string, string>> = {
  '@biomejs/biome': '2.6.8',
  '@modelcontextprotocol/sdk': '1.32.2',
  ganache: '7.9.2',
  jayson: '5.0.0',
  'json-rpc-2.0': '1.8.1',
  'rpc-websockets': '10.0.1',
  'vscode-languageserver': '11.0.0',
  'vscode-ws-jsonrpc': '3.5.0',
  ws: '8.23.0',
};

const program = fileURLToPath(new URL('library-server.mjs', import.meta.url));

function library(name: string, ...args: readonly string[]): (place: ServerPlace) => readonly string[] {
  return ({ packages }) => [process.execPath, program, name, packages, '{port}', ...args];
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

const has = (key: string) => (result: unknown) => member(result, key) !== undefined;
const named = (method: string) => (frame: Frame) => frame['method'] === method;
const echo = { method: 'echo', params: ['a', 1], fits: (result: unknown) => JSON.stringify(result) === '["a",1]' };
const poked = {
  event: 'notification',
  provoke: (manager: GatewayManager) => manager.rpc('poke'),
  isIt: named('feed'),
} as const;

const initialize = { processId: null, rootUri: null, capabilities: {} };

/** Opens a broken file in a language server, which answers with diagnostics as notifications. */
function languageServer(languageId: string, text: string): Pick<OtherServer, 'notification' | 'options'> {
  return {
    options: {
      onConnect: async ({ rpc, notify }) => {
        await rpc('initialize', initialize);
        notify('initialized', {});
      },
    },
    notification: {
      event: 'notification',
      provoke: (manager, { folder }) => {
        const uri = `file://${join(folder, `broken.${languageId}`)}`;
        manager.notify('textDocument/didOpen', { textDocument: { uri, languageId, version: 1, text } });
      },
      isIt: named('textDocument/publishDiagnostics'),
    },
  };
}

export const otherServers: readonly OtherServer[] = [
  {
    name: 'aria2',
    from: { program: 'aria2c' },
    options: { path: '/jsonrpc' },
    command: ({ folder }) => ['aria2c', '--no-conf', '--enable-rpc', '--rpc-listen-port={port}', `--dir=${folder}`],
    call: { method: 'aria2.getVersion', fits: has('version') },
    notification: {
      event: 'notification',
      provoke: (manager, { otherPort }) => manager.rpc('aria2.addUri', [[`http://127.0.0.1:${String(otherPort)}/x`]]),
      isIt: named('aria2.onDownloadStart'),
    },
  },
  {
    name: 'ganache',
    from: 'npm',
    // A subscription ends with its connection, so every new one asks for it again.
    options: { path: '/', onConnect: ({ rpc }) => rpc('eth_subscribe', ['newHeads']) },
    command: ({ packages }) => [
      process.execPath,
      join(packages, 'node_modules', 'ganache', 'dist', 'node', 'cli.js'),
      '--server.host=127.0.0.1',
      '--server.port={port}',
      '--wallet.totalAccounts=1',
    ],
    call: { method: 'eth_chainId', params: [], fits: (result) => result === '0x539' },
    notification: {
      event: 'notification',
      provoke: (manager) => manager.rpc('evm_mine', []),
      isIt: named('eth_subscription'),
    },
  },
  {
    name: 'rpc-websockets',
    from: 'npm',
    options: { path: '/', onConnect: ({ rpc }) => rpc('rpc.on', ['feed']) },
    command: library('rpc-websockets'),
    call: echo,
    // Its events have no method, so they are no notifications of JSON-RPC.
    notification: { ...poked, event: 'message', isIt: (frame) => frame['notification'] === 'feed' },
  },
  { name: 'jayson', from: 'npm', options: {}, command: library('jayson'), call: echo },
  { name: 'json-rpc-2.0', from: 'npm', options: {}, command: library('json-rpc-2.0'), call: echo, notification: poked },
  {
    name: 'vscode-ws-jsonrpc',
    from: 'npm',
    options: {},
    command: library('vscode-ws-jsonrpc'),
    call: { method: 'echo', params: { a: 1 }, fits: (result) => member(result, 'a') === 1 },
    notification: poked,
  },
  {
    name: 'vscode-languageserver',
    from: 'npm',
    options: languageServer('x', '').options,
    command: library('vscode-languageserver'),
    call: { method: 'poke', fits: (result) => result === true },
    notification: { ...poked, isIt: named('window/logMessage') },
  },
  {
    name: 'Biome (language server)',
    from: 'npm',
    ...languageServer('json', '{"a":1,}'),
    command: (place) =>
      library(
        'bridge',
        process.execPath,
        join(place.packages, 'node_modules', '@biomejs', 'biome', 'bin', 'biome'),
        'lsp-proxy',
      )(place),
    call: { method: 'biome/rage', params: {}, fits: has('entries') },
  },
  {
    name: 'clangd (language server)',
    from: { program: 'clangd' },
    ...languageServer('c', 'int f( {'),
    command: library('bridge', 'clangd', '--background-index=false'),
    call: { method: 'workspace/symbol', params: { query: 'f' }, fits: Array.isArray },
  },
  {
    name: 'MCP SDK',
    from: 'npm',
    options: {
      protocols: ['mcp'],
      onConnect: async ({ rpc, notify }) => {
        const clientInfo = { name: 'conformance', version: '1' };
        await rpc('initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo });
        notify('notifications/initialized');
      },
    },
    command: library('mcp'),
    call: { method: 'tools/list', fits: has('tools') },
    notification: {
      event: 'notification',
      provoke: (manager) => manager.rpc('tools/list'),
      isIt: named('notifications/tools/list_changed'),
    },
  },
  {
    name: 'snapserver',
    from: { program: 'snapserver' },
    options: { path: '/jsonrpc' },
    command: ({ folder, otherPort }) => [
      'snapserver',
      // The system's own settings name a stream already.
      '--config=/dev/null',
      `--server.datadir=${folder}`,
      '--http.bind_to_address=127.0.0.1',
      '--http.port={port}',
      '--tcp.enabled=false',
      '--stream.bind_to_address=127.0.0.1',
      `--stream.port=${String(otherPort)}`,
      `--stream.source=pipe://${join(folder, 'fifo')}?name=default`,
    ],
    call: { method: 'Server.GetRPCVersion', fits: has('major') },
  },
  {
    name: 'mopidy',
    from: { program: 'mopidy' },
    options: { path: '/mopidy/ws' },
    command: ({ folder }) => [
      'mopidy',
      ...['cache', 'config', 'data'].flatMap((kind) => ['-o', `core/${kind}_dir=${join(folder, kind)}`]),
      ...['http/hostname=127.0.0.1', 'http/port={port}', 'mpd/enabled=false'].flatMap((option) => ['-o', option]),
    ],
    call: { method: 'core.get_version', fits: (result) => typeof result === 'string' },
    // Its events have no method either.
    notification: {
      event: 'message',
      provoke: (manager) => manager.rpc('core.tracklist.set_random', [true]),
      isIt: (frame) => frame['event'] === 'options_changed',
    },
  },
];
