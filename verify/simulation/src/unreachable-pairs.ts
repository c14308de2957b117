import type { Reducer } from './pairs.ts';

interface Unreachable {
  readonly states: readonly string[];
  readonly events: readonly string[];
  readonly reason: string;
}

const withoutSocket = ['closed', 'waiting', 'exhausted', 'paused'];
const failures = ['failed retry', 'failed retry-now', 'failed retry-after', 'failed pause'];

/** Pairs that no schedule can cover, with the reason. A test fails where one of them is covered all the same. */
const unreachable: Readonly<Record<Reducer, readonly Unreachable[]>> = {
  connection: [
    {
      states: withoutSocket,
      events: ['opened', 'credentials-sent', 'accepted', ...failures],
      reason: 'a state without a socket has ended its session, which then calls no listener',
    },
    {
      states: ['connecting', 'handshaking', ...withoutSocket],
      events: ['frame-received'],
      reason: 'frames are reported in a session that is ready and was found unresponsive',
    },
    { states: ['closed'], events: ['due'], reason: 'this state sets no timer' },
    {
      states: ['paused'],
      events: ['due'],
      reason: 'only a device that waits for approval is checked again, and the scripted gateway knows none',
    },
    {
      states: ['connecting'],
      events: ['credentials-sent', 'accepted'],
      reason: 'the handshake begins when the socket is open',
    },
    {
      states: ['connecting'],
      events: ['failed retry-now', 'failed retry-after', 'failed pause'],
      reason: 'the simulated network refuses no upgrade with a status that asks for this',
    },
    { states: ['handshaking', 'ready'], events: ['opened'], reason: 'a socket opens once' },
    { states: ['ready'], events: ['credentials-sent', 'accepted'], reason: 'a handshake is accepted once' },
    {
      states: ['ready'],
      events: ['failed retry-now'],
      reason: 'only the answer to a handshake makes another attempt at once worthwhile',
    },
  ],
  supervisor: [],
};

/** Returns why a pair, as `STATE | EVENT`, cannot be covered; `undefined` if it can. */
export function unreachableReason(reducer: Reducer, pair: string): string | undefined {
  const [state = '', event = ''] = pair.split(' | ');
  return unreachable[reducer].find(({ states, events }) => {
    const hasState = states.includes('*') || states.includes(state);
    return hasState && events.includes(event);
  })?.reason;
}
