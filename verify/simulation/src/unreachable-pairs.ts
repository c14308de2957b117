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
  supervisor: [
    {
      states: ['*'],
      events: ['down terminate'],
      reason: 'the manager asks for a drain or a kill, never for SIGTERM at once',
    },
    {
      states: ['*'],
      events: ['spawned late'],
      reason: 'the end of a launch waits 5 s for the answer of its spawn, which comes within 300 ms',
    },
    {
      states: ['idle', 'backoff', 'failed', 'failed with survivor'],
      events: ['spawned'],
      reason: 'the end of a launch waits 5 s for the answer of its spawn, which comes within 300 ms',
    },
    {
      states: ['spawning user', 'spawning automatic', 'awaiting-child>idle', 'awaiting-child>launch'],
      events: ['deadline'],
      reason: 'a spawn is answered within 300 ms, and each of these states waits for 5 s',
    },
    {
      states: ['booting user', 'booting automatic', 'booting adopted'],
      events: ['unresponsive'],
      reason: 'silence is judged once the gateway was reached; before, the start has its deadline',
    },
    {
      states: ['preflight automatic'],
      events: ['adopted'],
      reason: 'a respawn follows the proven end of the process, so that none of ours is left to adopt',
    },
    {
      states: ['cancelling>idle', 'cancelling>launch'],
      events: ['preflight-passed'],
      reason: 'a preflight that was cancelled says so instead',
    },
    {
      states: [
        'cancelling>launch',
        'awaiting-child>launch',
        'sigterm-sent>launch',
        'reaping>launch',
        'reaping>replace user',
        'reaping>recover user',
      ],
      events: ['up'],
      reason: 'a start joins the start or restart that is under way',
    },
    {
      states: ['*'],
      events: ['critical-work', 'no critical-work', 'restart accepted', 'restart not accepted'],
      reason:
        'only OpenClaw does work that must not be interrupted or hands over its restart, and the simulated program is none',
    },
    {
      states: ['running announced'],
      events: ['shutdown-announced'],
      reason: 'the simulated gateway closes its connections as it announces its end',
    },
    {
      states: ['holding>idle', 'claiming>recover'],
      events: ['up', 'down', 'down kill', 'restart', 'restart kill', 'ready', 'exited', 'deadline'],
      reason: 'only critical work or the handover of a restart leads to this stage',
    },
    {
      states: ['reaping>replace user'],
      events: ['gone 78', 'gone 0'],
      reason: 'the system does not tell the exit code of a process that was adopted',
    },
  ],
};

/** Returns why a pair, as `STATE | EVENT`, cannot be covered; `undefined` if it can. */
export function unreachableReason(reducer: Reducer, pair: string): string | undefined {
  const [state = '', event = ''] = pair.split(' | ');
  return unreachable[reducer].find(({ states, events }) => {
    const hasState = states.includes('*') || states.includes(state);
    return hasState && events.includes(event);
  })?.reason;
}
