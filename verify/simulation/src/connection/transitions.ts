import {
  type ConnectionConfig,
  type ConnectionState,
  type ConnectionTransition,
  connectionEdges,
} from '@deskclaw/core/internal';

/** Yields a message for each rule that one change of state breaks. */
export function* transitionFaults(
  { from, to }: ConnectionTransition,
  previous: ConnectionState,
  config: ConnectionConfig,
): Generator<string> {
  if (from.name !== previous.name) yield `a change from ${from.name}, though the state was ${previous.name}`;
  if (!connectionEdges[from.name].includes(to.name)) yield `${from.name} -> ${to.name} is no edge`;
  if (to.generation < from.generation)
    yield `the generation fell from ${String(from.generation)} to ${String(to.generation)}`;
  if (to.name === 'waiting') yield* waitFaults(to, config);
  if ('attempt' in to && to.attempt > config.reconnect.maxAttempts)
    yield `attempt ${String(to.attempt)} is beyond the budget`;
}

function* waitFaults(
  state: Extract<ConnectionState, { readonly name: 'waiting' }>,
  { reconnect }: ConnectionConfig,
): Generator<string> {
  const waits = state.retryAt - state.since;
  const [least, most] = bounds(state, reconnect);
  // A thousandth of a millisecond is lost in adding times.
  if (waits < least - 0.001 || waits > most + 0.001) {
    yield `waits ${String(waits)} ms for attempt ${String(state.attempt)} (${state.policy}, ${state.reason}), not ${String(least)} to ${String(most)}`;
  }
}

function bounds(
  state: Extract<ConnectionState, { readonly name: 'waiting' }>,
  reconnect: ConnectionConfig['reconnect'],
): readonly [least: number, most: number] {
  if (state.reason === 'peer-delay') return [100, 375_000];
  if (state.policy === 'booting') return [10, 250];
  const full = Math.min(reconnect.maxDelayMs, reconnect.baseDelayMs * 2 ** (state.attempt - 1));
  return [full / 2, full];
}
