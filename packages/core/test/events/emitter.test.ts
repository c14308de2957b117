import { describe, expect, test, vi } from 'vitest';
import { Emitter } from '../../src/events/emitter.ts';

interface Events {
  reported: number;
  error: Error;
}

describe('Emitter', () => {
  test('emit calls the listeners of its event only, in the order in which they were added', () => {
    const emitter = new Emitter<Events>();
    const heard: string[] = [];
    emitter.on('reported', (n) => heard.push(`a${String(n)}`));
    emitter.on('reported', (n) => heard.push(`b${String(n)}`));
    emitter.on('error', () => heard.push('error'));
    emitter.emit('reported', 1);
    expect(heard).toEqual(['a1', 'b1']);
  });

  test('a listener that throws or rejects is reported, and disturbs no other', async () => {
    const faults: unknown[] = [];
    const emitter = new Emitter<Events>((error, event) => faults.push([error, event]));
    const heard = vi.fn();
    const thrown = new Error('thrown');
    const rejected = new Error('rejected');
    emitter.on('reported', () => {
      throw thrown;
    });
    // The types ignore the return value of a listener, so a promise passes.
    const rejecting: () => unknown = () => Promise.reject(rejected);
    emitter.on('reported', rejecting);
    emitter.on('reported', heard);
    emitter.emit('reported', 1);
    await Promise.resolve();
    expect(heard).toHaveBeenCalledExactlyOnceWith(1);
    expect(faults).toEqual([
      [thrown, 'reported'],
      [rejected, 'reported'],
    ]);
  });

  test('emit survives a fault listener that throws', () => {
    const emitter = new Emitter<Events>(() => {
      throw new Error('fault in the fault');
    });
    emitter.on('reported', () => {
      throw new Error('first');
    });
    expect(() => emitter.emit('reported', 1)).not.toThrow();
  });

  test('an error event without a listener does not throw', () => {
    expect(() => new Emitter<Events>().emit('error', new Error('unheard'))).not.toThrow();
  });

  test('unsubscribing works by the returned function and by off, each once', () => {
    const emitter = new Emitter<Events>();
    const listener = vi.fn();
    const off = emitter.on('reported', listener);
    emitter.on('reported', listener);
    off();
    off();
    expect(emitter.listenerCount('reported')).toBe(1);
    emitter.off('reported', listener);
    emitter.off('reported', listener);
    emitter.emit('reported', 1);
    expect(listener).not.toHaveBeenCalled();
    expect(emitter.listenerCount('reported')).toBe(0);
  });

  test('once is called for one event, even if it emits the next itself, and off removes it before', () => {
    const emitter = new Emitter<Events>();
    const heard: number[] = [];
    emitter.once('reported', (n) => {
      heard.push(n);
      emitter.emit('reported', n + 1);
    });
    emitter.emit('reported', 1);
    expect(heard).toEqual([1]);
    const never = vi.fn();
    emitter.once('reported', never);
    emitter.off('reported', never);
    emitter.emit('reported', 5);
    expect(never).not.toHaveBeenCalled();
  });

  test('a listener added or removed during an event counts from the next one on', () => {
    const emitter = new Emitter<Events>();
    const heard: string[] = [];
    const late = (n: number) => heard.push(`late${String(n)}`);
    const second = (n: number) => heard.push(`second${String(n)}`);
    emitter.once('reported', () => {
      emitter.on('reported', late);
      emitter.off('reported', second);
    });
    emitter.on('reported', second);
    emitter.emit('reported', 1);
    emitter.emit('reported', 2);
    expect(heard).toEqual(['second1', 'late2']);
  });

  test('removeAll removes the listeners of every event', () => {
    const emitter = new Emitter<Events>();
    emitter.on('reported', () => undefined);
    emitter.on('error', () => undefined);
    emitter.removeAll();
    expect(emitter.listenerCount('reported') + emitter.listenerCount('error')).toBe(0);
  });
});
