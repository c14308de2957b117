import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { splitIntoPieces } from '../../src/agent/agent.ts';
import { readChunk, SseReader } from '../../src/agent/completion-stream.ts';
import { createModelAgent, testModelServer } from '../../src/agent/model-client.ts';
import { closeAll, later } from '../harness/gateways.ts';
import { SimulatedClock } from '../harness/simulated-clock.ts';
import { startModelServer } from '../model-server.ts';

afterEach(closeAll);

describe('server-sent events', () => {
  const event = fc.record({
    data: fc.array(
      fc.string({ unit: 'grapheme' }).map((line) => line.replaceAll(/[\r\n]/g, '')),
      { minLength: 1, maxLength: 3 },
    ),
    noise: fc.array(fc.constantFrom(': comment', 'id: 7', 'event: message', 'retry: 10', 'data-like: no'), {
      maxLength: 2,
    }),
  });

  it('SseReader reads the same events for any chunking and any line ending', () => {
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 6 }),
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.array(fc.nat(7)),
        (events, end, cuts) => {
          const stream = events
            .map(({ data, noise }) => [...noise, ...data.map((line) => `data: ${line}`), '', ''].join(end))
            .join('');
          const reader = new SseReader();
          const read: string[] = [];
          let rest = stream;
          for (const cut of cuts) {
            read.push(...reader.push(rest.slice(0, cut)));
            rest = rest.slice(cut);
          }
          read.push(...reader.push(rest), ...reader.push('\n'));
          expect(read).toEqual(events.map(({ data }) => data.join('\n')));
        },
      ),
    );
  });

  it('need no space after the colon, and keep a second one', () => {
    expect(new SseReader().push('data:a\ndata:  b\ndata\n\n')).toEqual(['a\n b\n']);
  });

  it('SseReader does not return an unfinished event', () => {
    expect(new SseReader().push('data: half\n')).toEqual([]);
  });
});

describe('a completion chunk', () => {
  it.each([
    ['[DONE]', { kind: 'end', text: '', tools: false }],
    ['{"choices":[{"delta":{"content":"hi"},"finish_reason":null}]}', { kind: 'text', text: 'hi' }],
    ['{"choices":[{"delta":{"content":"!"},"finish_reason":"stop"}]}', { kind: 'end', text: '!', tools: false }],
    ['{"choices":[{"delta":{},"finish_reason":"length"}]}', { kind: 'end', text: '', tools: false }],
    ['{"choices":[{"delta":{"tool_calls":[]},"finish_reason":"tool_calls"}]}', { kind: 'end', text: '', tools: true }],
    ['{"choices":[{"delta":{"role":"assistant"}}]}', { kind: 'nothing' }],
    ['{"choices":[{"delta":{"content":null}}]}', { kind: 'nothing' }],
    ['{"choices":[],"usage":{"total_tokens":5}}', { kind: 'nothing' }],
    ['{"choices":"?"}', { kind: 'nothing' }],
    ['{"error":{"message":"overloaded"}}', { kind: 'error', message: 'overloaded' }],
    ['{"error":"overloaded"}', { kind: 'error', message: 'overloaded' }],
    ['{"error":{}}', { kind: 'error', message: 'unnamed error' }],
    [
      '{"choices":[{"message":{"content":"whole"},"finish_reason":"stop"}]}',
      { kind: 'end', text: 'whole', tools: false },
    ],
    ['oops', { kind: 'error', message: 'the model server sent an event that is not JSON' }],
  ])('readChunk reads %s', (data, chunk) => {
    expect(readChunk(data)).toEqual(chunk);
  });

  it('readChunk never throws', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (data) => void readChunk(data)));
  });
});

describe('the echo pieces', () => {
  it('splitIntoPieces returns few non-empty pieces that join to the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', ' ', '\n', '☃', '\t'), maxLength: 500 }), (text) => {
        const pieces = splitIntoPieces(text);
        expect(pieces.join('')).toBe(text);
        expect(pieces.length).toBeLessThanOrEqual(60);
        expect(pieces.every((piece) => piece.length > 0)).toBe(true);
      }),
    );
  });
});

describe('a model server that is silent', () => {
  const ask = async (
    message: string,
    advanceAfter: (clock: SimulatedClock, piece: string | undefined) => Promise<void>,
  ) => {
    const model = await startModelServer();
    later(() => model.close());
    const clock = new SimulatedClock(0);
    const agent = createModelAgent({ provider: 'p', baseUrl: model.url, model: 'm' }, clock, {
      firstByteMs: 60_000,
      silenceMs: 30_000,
    });
    const hungUp = model.nextHangUp();
    const pieces = agent.reply([{ role: 'user', text: message }], new AbortController().signal)[Symbol.asyncIterator]();
    const heard: string[] = [];
    const fault = await (async () => {
      while (true) {
        const next = pieces.next();
        next.catch(() => undefined);
        // Only after the request is under way: the watch is set before it.
        while (model.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
        await advanceAfter(clock, heard.at(-1));
        const { value, done } = await next;
        if (done === true) return undefined;
        heard.push(value);
      }
    })().catch((thrown: unknown) => thrown);
    await hungUp;
    return { heard, fault };
  };

  it('a model server that never begins to answer times out', async () => {
    const { heard, fault } = await ask('[hang]', (clock) => clock.advance(60_000));
    expect(heard).toEqual([]);
    expect(fault).toMatchObject({ message: 'The model server said nothing for 60 s.' });
  });

  it('a model server that falls silent in its answer times out sooner', async () => {
    const { heard, fault } = await ask('[stall]', async (clock, piece) => {
      if (piece === ' said:') await clock.advance(30_000);
    });
    expect(heard).toEqual(['You', ' said:']);
    expect(fault).toMatchObject({ message: 'The model server said nothing for 30 s.' });
  });
});

describe('the test of a model server', () => {
  it('does not follow it elsewhere with the key', async () => {
    const elsewhere = await startModelServer();
    later(() => elsewhere.close());
    const { createServer } = await import('node:http');
    const redirecting = createServer((_request, response) => {
      response.writeHead(307, { location: `${elsewhere.url}/models` }).end();
    });
    await new Promise<void>((resolve) => redirecting.listen(0, '127.0.0.1', resolve));
    later(() => void redirecting.close());
    const address = redirecting.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const server = { provider: 'p', baseUrl: `http://127.0.0.1:${port}/v1`, model: 'm', apiKey: 'sk-mine' };
    expect(await testModelServer(server, new SimulatedClock(0))).toMatchObject({ ok: false });
    expect(elsewhere.requests).toEqual([]);
  });
});
