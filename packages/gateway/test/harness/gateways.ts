import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Gateway, type GatewayOptions, type LogLine, startGateway } from '../../src/index.ts';
import { Client } from './client.ts';

const open: (() => Promise<void> | void)[] = [];

/** For afterEach: closes everything the test opened, newest first. */
export async function closeAll(): Promise<void> {
  for (const close of open.splice(0).reverse()) await close();
}

export function later(close: () => Promise<void> | void): void {
  open.push(close);
}

export async function gateway(options: GatewayOptions = {}): Promise<Gateway & { readonly logged: LogLine[] }> {
  const logged: LogLine[] = [];
  const started = await startGateway({ ...options, onLog: (line) => logged.push(line) });
  let closed = false;
  const close = async (): Promise<void> => {
    if (closed) return;
    closed = true;
    await started.close();
  };
  later(close);
  return { ...started, close, logged };
}

export async function connect(url: string, options?: ConstructorParameters<typeof Client>[1]): Promise<Client> {
  const client = await Client.open(url, options);
  later(() => client.socket.terminate());
  return client;
}

export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'deskclaw-gateway-'));
  later(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
