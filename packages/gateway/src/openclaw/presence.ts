import type { ConnectRequest } from './connect-params.ts';

export interface PresenceEntry {
  readonly [name: string]: unknown;
  readonly host: string;
  readonly version: string;
  readonly mode: string;
  readonly reason: string;
  readonly text: string;
  readonly ts: number;
}

/** List of connected clients, the gateway first. Each change raises the version that events and snapshots carry. */
export class Presence {
  readonly #self: PresenceEntry;
  readonly #clients = new Map<string, PresenceEntry>();
  #version = 1;

  constructor(version: string, now: number) {
    this.#self = {
      host: 'gateway',
      version,
      platform: process.platform,
      mode: 'gateway',
      reason: 'self',
      text: `Gateway: app ${version} · mode gateway · reason self`,
      ts: now,
    };
  }

  get version(): number {
    return this.#version;
  }

  list(): readonly PresenceEntry[] {
    return [this.#self, ...this.#clients.values()];
  }

  add(connectionId: string, { client, scopes }: ConnectRequest, now: number): void {
    const { id, version, platform, mode } = client;
    this.#version += 1;
    this.#clients.set(connectionId, {
      host: id,
      clientId: id,
      version,
      platform,
      mode,
      roles: ['operator'],
      scopes: scopes ?? [],
      reason: 'connect',
      text: `Node: ${id} · mode ${mode}`,
      ts: now,
    });
  }

  remove(connectionId: string): boolean {
    const wasPresent = this.#clients.delete(connectionId);
    if (wasPresent) this.#version += 1;
    return wasPresent;
  }
}
