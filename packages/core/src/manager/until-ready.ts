import type { GatewayConnection } from '../connection/connection.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';

/**
 * Resolves when the connection is ready; rejects when it, or the supervisor of the process behind it, has given up.
 * Neither comes once `signal` aborts, and nothing is listened to any more.
 */
export function untilReady(
  { connection, supervisor }: { readonly connection: GatewayConnection; readonly supervisor: Supervisor },
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      const { state } = connection;
      if (state.name === 'ready') resolve();
      else if (state.name === 'paused' || state.name === 'exhausted') reject(new GatewayError(state.last));
      else if (supervisor.state.name === 'failed') reject(new GatewayError(supervisor.state.problem));
      else return;
      off();
    };
    const off = () => {
      for (const stop of listening) stop();
      signal.removeEventListener('abort', off);
    };
    const listening = [connection.on('transition', settle), supervisor.on('transition', settle)];
    signal.addEventListener('abort', off);
    if (signal.aborted) off();
    else settle();
  });
}
