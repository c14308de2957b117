import { GatewayError } from '@deskclaw/core';
import { RpcPeer } from '@deskclaw/core/internal';
import { SimulatedClock } from '@deskclaw/core/testing';
import { type DialectName, describeProblem, isObject, parseJson } from '@deskclaw/protocol';
import { list } from '../grammar.ts';
import { must, type Target } from '../target.ts';
import { codecs } from './codec.ts';
import { anyFrame, sampleFrames } from './frames.ts';

const limits = { maxInFlight: 3, maxQueued: 3, maxServing: 4 };
const REQUESTS = 6;
/** Not typed as a name of ours, whose parameters would be given. */
const METHOD: string = 'system.version';
/** Longer than any request waits. */
const ALL_TIMES_MS = 20 * 3_600_000;
/** An answer of 100 characters to a message of two, as in a batch of numbers. */
const MOST_GROWTH = 100;
const LEAST_BOUND = 10_000;

const closed = describeProblem('connection.closed', { detail: 'It was closed by us.' }, 0);
const lost = describeProblem('connection.lost', { code: 1006 }, 0);

interface Call {
  readonly token: string;
  settled: number;
  value: unknown;
  error: unknown;
}

/** One peer with requests under way, on a channel whose other end is hostile. */
class Session {
  readonly clock = new SimulatedClock();
  readonly sent: string[] = [];
  readonly faults: unknown[] = [];
  readonly calls: Call[] = [];
  readonly peer: RpcPeer;
  readonly #dialect: DialectName;

  constructor(dialect: DialectName) {
    this.#dialect = dialect;
    this.peer = new RpcPeer({
      clock: this.clock,
      limits,
      listener: {
        notification: () => undefined,
        unhandled: () => undefined,
        fault: (error) => this.faults.push(error),
      },
    });
    this.peer.onRequest('add', (params) => (Array.isArray(params) ? params.length : 0));
    this.attach();
    for (let n = 1; n <= REQUESTS; n += 1) this.#ask(`t${String(n)}`);
  }

  attach(): void {
    const channel = { send: (text: string) => this.sent.push(text), bufferedAmount: 0, close: () => undefined };
    this.peer.attach(channel, codecs[this.#dialect]);
  }

  step(text: string): void {
    if (text === '@lost') {
      this.peer.detach(lost);
      this.attach();
    } else this.peer.receive(text);
  }

  /** Answers every request that was sent and is not settled, as a sound gateway would. */
  answerAll(): void {
    for (const text of this.sent.slice()) {
      const frame = parseJson(text);
      const params = isObject(frame) ? frame['params'] : undefined;
      const call = this.calls.find(({ token }) => isObject(params) && params['token'] === token);
      if (call === undefined || call.settled > 0 || !isObject(frame)) continue;
      this.peer.receive(codecs[this.#dialect].success(Number(frame['id']), { token: call.token }));
    }
  }

  #ask(token: string): void {
    const call: Call = { token, settled: 0, value: undefined, error: undefined };
    this.calls.push(call);
    this.peer.request(METHOD, { token }, { whenDisconnected: 'wait', idempotencyKey: token }).then(
      (value) => {
        call.settled += 1;
        call.value = value;
      },
      (error: unknown) => {
        call.settled += 1;
        call.error = error;
      },
    );
  }
}

function checkSent(session: Session, received: number): void {
  const { sent } = session;
  for (const text of sent) must(parseJson(text) !== undefined, 'what was sent is not JSON', () => text);
  const length = sent.reduce((sum, text) => sum + text.length, 0);
  must(
    length <= MOST_GROWTH * received + LEAST_BOUND,
    'the answers have no bound',
    () => `${String(length)} characters`,
  );
}

/** Whatever a peer sends, each request settles once, with a typed error or a result, and a sound answer still arrives. */
export function rpcPeerTarget(dialect: DialectName): Target {
  return {
    name: `${dialect}-peer`,
    samples: [sampleFrames[dialect], [...sampleFrames[dialect], '@lost', ...sampleFrames[dialect]]],
    generate: (random) => list(random, 20, () => (random.chance(0.05) ? '@lost' : anyFrame(dialect, random))),
    check: async (frames) => {
      const session = new Session(dialect);
      const { peer, clock, calls, faults } = session;
      for (const frame of frames) session.step(frame);
      await clock.advance(0);
      must(peer.unanswered <= limits.maxServing, 'too many requests of the peer are served');
      const early = calls.filter(({ settled }) => settled > 0).length;
      // Those that waited in the queue are sent as the first ones are answered.
      for (let round = 0; round < REQUESTS; round += 1) {
        session.answerAll();
        await clock.advance(0);
      }
      for (const call of calls) must(call.settled === 1, 'a sound answer is lost', () => call);
      for (const { error } of calls)
        must(error === undefined || error instanceof GatewayError, 'an error is not typed', () => String(error));
      must(peer.pending().length === 0, 'a settled request is still pending');
      must(peer.unanswered === 0, 'a request of the peer is never answered');
      must(faults.length === 0, 'a fault is reported, and no handler throws', () => faults.map(String));
      peer.close(closed);
      await clock.advance(ALL_TIMES_MS);
      for (const call of calls) must(call.settled === 1, 'a request settles twice', () => call);
      must(clock.pendingTimers === 0, 'a timer is left');
      checkSent(
        session,
        frames.reduce((sum, frame) => sum + frame.length, 0),
      );
      return early === 0 ? 'answered by us' : 'answered by the frames';
    },
  };
}
