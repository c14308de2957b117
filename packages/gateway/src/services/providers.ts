import type { Provider } from '@deskclaw/protocol';
import type { Agent } from '../agent/agent.ts';
import type { ModelServer } from '../agent/model-request.ts';
import { notFound } from '../errors.ts';
import { type Guard, listOf, object, optional, text } from '../params/guard.ts';
import type { Document } from '../store/document.ts';

export interface StoredProvider {
  readonly id: string;
  readonly baseUrl: string;
  readonly model: string;
  readonly apiKey?: string;
}
export type ProviderState = readonly StoredProvider[];

export const baseUrl = text({
  min: 1,
  max: 2048,
  pattern: { expression: /^https?:\/\/[^\s@]+$/i, means: 'an http or https address without credentials' },
});
/** Goes into a header, so plain visible characters only. */
export const apiKey = text({
  min: 1,
  max: 4096,
  pattern: { expression: /^[\x21-\x7e]+$/, means: 'visible ASCII characters without spaces' },
});
export const modelName = text({ min: 1, max: 256 });

export const providerState: Guard<ProviderState> = listOf(
  object({ id: text({ min: 1 }), baseUrl, model: modelName, apiKey: optional(apiKey) }),
);

/** The provider of the command line, which no method can change. */
export const COMMAND_LINE_PROVIDER = 'command-line';
const ECHO_PROVIDER = 'builtin';

export interface ProvidersPorts {
  readonly document: Document<ProviderState>;
  readonly commandLine: ModelServer | undefined;
  /** The provider that the settings name, if any. */
  readonly preferred: () => string | undefined;
  readonly createAgent: (server: ModelServer) => Agent;
  readonly echo: Agent;
  readonly test: (
    server: ModelServer,
  ) => Promise<{ readonly ok: boolean; readonly latencyMs?: number; readonly error?: string }>;
}

/** Manages the model servers and chooses the one that answers. A stored key is used but never returned. */
export class ProvidersService {
  readonly #ports: ProvidersPorts;

  constructor(ports: ProvidersPorts) {
    this.#ports = ports;
  }

  list(): readonly Provider[] {
    return this.#all().map(asProvider);
  }

  /** Without an `apiKey` the known key stays, unless the address changes: a key is never sent where it was not meant to go. */
  async set(provider: StoredProvider): Promise<Provider> {
    const state = await this.#ports.document.update((before) => {
      const known = before.find(({ id }) => id === provider.id);
      const key = provider.apiKey ?? (known?.baseUrl === provider.baseUrl ? known.apiKey : undefined);
      const next: StoredProvider = {
        id: provider.id,
        baseUrl: provider.baseUrl,
        model: provider.model,
        ...(key === undefined ? {} : { apiKey: key }),
      };
      return known === undefined ? [...before, next] : before.map((entry) => (entry === known ? next : entry));
    });
    return asProvider(state.find(({ id }) => id === provider.id) ?? provider);
  }

  async remove(providerId: string): Promise<boolean> {
    if (!this.#ports.document.value.some(({ id }) => id === providerId)) return false;
    await this.#ports.document.update((before) => before.filter(({ id }) => id !== providerId));
    return true;
  }

  test(providerId: string): ReturnType<ProvidersPorts['test']> {
    const provider = this.#all().find(({ id }) => id === providerId);
    if (provider === undefined) throw notFound('provider', providerId);
    return this.#ports.test(serverOf(provider));
  }

  /**
   * The command line's server, else the one the settings name (`provider`; "builtin" is the echo), else the first one
   * set, else the echo.
   */
  agent(): Agent {
    const all = this.#all();
    const preferred = this.#ports.preferred();
    const commandLine = all.find(({ id }) => id === COMMAND_LINE_PROVIDER);
    if (commandLine === undefined && preferred === ECHO_PROVIDER) return this.#ports.echo;
    const chosen = commandLine ?? all.find(({ id }) => id === preferred) ?? all[0];
    return chosen === undefined ? this.#ports.echo : this.#ports.createAgent(serverOf(chosen));
  }

  #all(): readonly StoredProvider[] {
    const { commandLine, document } = this.#ports;
    if (commandLine === undefined) return document.value;
    const { baseUrl, model, apiKey } = commandLine;
    return [
      { id: COMMAND_LINE_PROVIDER, baseUrl, model, ...(apiKey === undefined ? {} : { apiKey }) },
      ...document.value,
    ];
  }
}

function serverOf({ id, baseUrl, model, apiKey }: StoredProvider): ModelServer {
  return { provider: id, baseUrl, model, ...(apiKey === undefined ? {} : { apiKey }) };
}

function asProvider({ id, baseUrl, model, apiKey }: StoredProvider): Provider {
  return { id, baseUrl, model, hasKey: apiKey !== undefined };
}
