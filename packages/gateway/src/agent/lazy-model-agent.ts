import type { Clock } from '../ports/clock.ts';
import type { Agent } from './agent.ts';
import type { ModelServer } from './model-server.ts';

/** A model agent whose code is loaded at its first reply, so that a gateway that only echoes never pays for it. */
export function createLazyModelAgent(server: ModelServer, clock: Clock): Agent {
  return {
    label: { provider: server.provider, model: server.model },
    async *reply(turns, signal) {
      const { createModelAgent } = await import('./model-client.ts');
      yield* createModelAgent(server, clock).reply(turns, signal);
    },
  };
}
