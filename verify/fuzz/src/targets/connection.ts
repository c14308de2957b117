import { GatewayConnection, GatewayError, type SocketFactory } from '@deskclaw/core';
import type { SocketHandlers } from '@deskclaw/core/internal';
import { SeededRandom, SimulatedClock } from '@deskclaw/core/testing';
import { dialectChoices, parseJson } from '@deskclaw/protocol';
import { anyText } from '../grammar.ts';
import { must, type Target } from '../target.ts';
import { anyFrame, sampleFrames } from './frames.ts';
import { anyHandshakeFrames, handshakeSamples, mustHideSecret, SECRET } from './handshake.ts';

const LONGEST_PROBLEM = 16_000;
const ALL_TIMES_MS = 3_600_000;
const LATEST_DATE = 8.64e15;

/** The network of one connection: it opens every socket at once, and the steps say what comes out of the newest. */
class Line {
  readonly clock: SimulatedClock;
  readonly sent: string[] = [];
  live = 0;
  #newest: SocketHandlers | undefined;

  constructor(clock: SimulatedClock) {
    this.clock = clock;
  }

  readonly factory: SocketFactory = {
    open: (_url, _options, handlers) => {
      this.live += 1;
      let isOpen = true;
      const close = (code: number, reason: string) => {
        if (!isOpen) return;
        isOpen = false;
        this.live -= 1;
        if (this.#newest === socket) this.#newest = undefined;
        handlers.closed({ code, reason });
      };
      const whileOpen: SocketHandlers = { ...handlers, closed: ({ code, reason }) => close(code, reason) };
      const socket: SocketHandlers = {
        opened: () => isOpen && whileOpen.opened(),
        text: (text) => isOpen && whileOpen.text(text),
        binary: (bytes, data) => isOpen && whileOpen.binary(bytes, data),
        pong: () => isOpen && whileOpen.pong(),
        closed: (end) => whileOpen.closed(end),
      };
      this.#newest = socket;
      this.clock.happen(1, () => socket.opened());
      return {
        send: (text) => {
          if (isOpen) this.sent.push(text);
        },
        bufferedAmount: 0,
        close: (code, reason) => this.clock.happen(1, () => close(code, reason)),
        terminate: () => this.clock.happen(0, () => close(1006, '')),
      };
    },
  };

  async step(text: string): Promise<void> {
    const [, code, reason = ''] = /^@close (\d+) ?(.*)$/s.exec(text) ?? [];
    if (code !== undefined) this.#newest?.closed({ code: Number(code), reason });
    else if (text === '@binary') this.#newest?.binary(7, new Uint8Array(7));
    else if (text === '@silent') await this.clock.advance(300);
    else if (text === '@minute') await this.clock.advance(60_000);
    else this.#newest?.text(text);
    await this.clock.advance(2);
  }
}

function checkShown(connection: GatewayConnection): void {
  const { session: _session, ...shown } = connection.snapshot();
  mustHideSecret('the snapshot', shown);
  const { problem, nextRetryAt = 0, since } = shown;
  must((JSON.stringify(problem) ?? '').length <= LONGEST_PROBLEM, 'a problem is too long', () => problem);
  must(Number.isInteger(nextRetryAt) && nextRetryAt < LATEST_DATE, 'the next retry is at no time', () => nextRetryAt);
  must(Number.isInteger(since), 'the state began at no time', () => since);
}

function anyStep(random: SeededRandom): string {
  switch (random.integer(0, 9)) {
    case 0:
      return `@close ${String(random.pick([1000, 1006, 1008, 1011, 1012, 1013, 4001, 4401, 4429]))} ${anyText(random)}${random.chance(0.3) ? SECRET : ''}`;
    case 1:
      return random.pick(['@binary', '@silent', '@minute']);
    default:
      return anyFrame(random.pick(['jsonrpc', 'openclaw']), random);
  }
}

/** A whole connection to a hostile gateway: nothing throws, no secret is told, every request settles once, nothing is left. */
export const connection: Target = {
  name: 'connection',
  samples: [
    ...handshakeSamples,
    ['openclaw', ...(handshakeSamples[0]?.slice(1) ?? []), ...sampleFrames.openclaw],
    ['jsonrpc', ...(handshakeSamples[2]?.slice(2) ?? []), ...sampleFrames.jsonrpc, '@close 1012 service restart'],
    ['openclaw', ...(handshakeSamples[0]?.slice(1) ?? []), `@close 1008 unauthorized ${SECRET}`, '@minute'],
  ],
  generate: (random) => [
    random.pick(dialectChoices),
    ...(random.chance(0.6) ? random.pick(handshakeSamples).slice(1) : anyHandshakeFrames(random)),
    ...Array.from({ length: random.integer(0, 12) }, () => anyStep(random)),
  ],
  check: async ([choice, ...steps]) => {
    const clock = new SimulatedClock();
    const line = new Line(clock);
    const connected = new GatewayConnection({
      url: 'ws://127.0.0.1:1/ws',
      socketFactory: line.factory,
      dialect: dialectChoices.find((each) => each === choice) ?? 'auto',
      auth: { token: () => SECRET },
      clock,
      random: new SeededRandom(1),
    });
    const ends: unknown[] = [];
    let wasReady = false;
    connected.on('transition', (transition) => {
      if (transition.to.name === 'ready') wasReady = true;
      mustHideSecret('a transition', transition.cause);
    });
    connected.connect();
    await clock.advance(2);
    for (const whenDisconnected of ['wait', 'reject'] as const)
      connected.request('system.health', {}, { whenDisconnected }).then(
        () => ends.push(undefined),
        (error: unknown) => ends.push(error),
      );
    for (const step of steps) {
      await line.step(step);
      checkShown(connected);
      must(line.live <= 2, 'old sockets stay open', () => line.live);
    }
    void connected.disconnect();
    await clock.advance(ALL_TIMES_MS);
    must(ends.length === 2, 'a request settled never or twice', () => ends.length);
    for (const end of ends) {
      if (end === undefined) continue;
      must(end instanceof GatewayError, 'an error is not typed', () => String(end));
      mustHideSecret('an error', { ...end, message: end.message });
    }
    must(clock.pendingTimers === 0 && line.live === 0, 'a timer or a socket is left');
    for (const text of line.sent) must(parseJson(text) !== undefined, 'what was sent is not JSON', () => text);
    return wasReady ? 'ready' : 'never ready';
  },
};
