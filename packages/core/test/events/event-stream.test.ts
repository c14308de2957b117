import { describe, expect, test } from 'vitest';
import { Emitter } from '../../src/events/emitter.ts';
import { EventOverflow, type EventStreamOptions, streamEvents } from '../../src/events/event-stream.ts';

interface Events {
  n: number | undefined;
}

function open(options?: EventStreamOptions) {
  const emitter = new Emitter<Events>();
  return { emitter, stream: streamEvents(emitter, 'n', options) };
}

async function read(stream: AsyncIterator<number | undefined>, times: number): Promise<(number | undefined)[]> {
  const values: (number | undefined)[] = [];
  for (let i = 0; i < times; i += 1) values.push((await stream.next()).value);
  return values;
}

describe('streamEvents', () => {
  test('a stream holds the events since its creation in order, whether they are read or not', async () => {
    const { emitter, stream } = open();
    emitter.emit('n', 1);
    emitter.emit('n', 2);
    const third = stream.next();
    expect(await read(stream, 1)).toEqual([2]);
    emitter.emit('n', 3);
    expect((await third).value).toBe(1);
    expect(await read(stream, 1)).toEqual([3]);
  });

  test('waiting readers are served in their order', async () => {
    const { emitter, stream } = open();
    const waiting = Promise.all([stream.next(), stream.next()]);
    emitter.emit('n', 1);
    emitter.emit('n', 2);
    expect((await waiting).map(({ value }) => value)).toEqual([1, 2]);
  });

  test('an undefined event is an event, not the end', async () => {
    const { emitter, stream } = open();
    emitter.emit('n', undefined);
    expect(await stream.next()).toEqual({ done: false, value: undefined });
  });

  test('leaving the loop removes the listener', async () => {
    const { emitter, stream } = open();
    emitter.emit('n', 7);
    for await (const n of stream) {
      expect(n).toBe(7);
      break;
    }
    expect(emitter.listenerCount('n')).toBe(0);
    expect((await stream.next()).done).toBe(true);
  });

  test('a signal ends a waiting loop without an error, and drops what waits', async () => {
    const controller = new AbortController();
    const { emitter, stream } = open({ signal: controller.signal });
    const waiting = stream.next();
    controller.abort();
    expect((await waiting).done).toBe(true);
    emitter.emit('n', 1);
    expect((await stream.next()).done).toBe(true);
    expect(emitter.listenerCount('n')).toBe(0);
  });

  test('a signal that was aborted before leaves no listener', async () => {
    const { emitter, stream } = open({ signal: AbortSignal.abort() });
    expect((await stream.next()).done).toBe(true);
    expect(emitter.listenerCount('n')).toBe(0);
  });

  test('drop-oldest keeps the newest events and counts the dropped ones', async () => {
    const { emitter, stream } = open({ capacity: 2 });
    for (const n of [1, 2, 3, 4]) emitter.emit('n', n);
    expect(stream.dropped).toBe(2);
    expect(await read(stream, 2)).toEqual([3, 4]);
  });

  test('drop-newest keeps the oldest events and counts the dropped ones', async () => {
    const { emitter, stream } = open({ capacity: 2, overflow: 'drop-newest' });
    for (const n of [1, 2, 3, 4]) emitter.emit('n', n);
    expect(stream.dropped).toBe(2);
    expect(await read(stream, 2)).toEqual([1, 2]);
  });

  test('fail yields the waiting events, then throws once, then ends', async () => {
    const { emitter, stream } = open({ capacity: 2, overflow: 'fail' });
    for (const n of [1, 2, 3]) emitter.emit('n', n);
    expect(emitter.listenerCount('n')).toBe(0);
    expect(await read(stream, 2)).toEqual([1, 2]);
    await expect(stream.next()).rejects.toBeInstanceOf(EventOverflow);
    expect((await stream.next()).done).toBe(true);
  });

  test('memory stays bounded however much is emitted', () => {
    const { emitter, stream } = open();
    for (let n = 0; n < 10_000; n += 1) emitter.emit('n', n);
    expect(stream.dropped).toBe(10_000 - 1_024);
  });

  test('await using removes the listener', async () => {
    const emitter = new Emitter<Events>();
    {
      await using stream = streamEvents(emitter, 'n');
      expect(stream.dropped).toBe(0);
      expect(emitter.listenerCount('n')).toBe(1);
    }
    expect(emitter.listenerCount('n')).toBe(0);
  });
});
