import { describe, expect, test, vi } from 'vitest';
import { Emitter } from '../../src/events/emitter.ts';

interface Events {
  told: number;
  error: Error;
}

describe('Emitter', () => {
  test('calls listeners in the order they were added, and tells nobody else', () => {
    const emitter = new Emitter<Events>();
    const heard: string[] = [];
    emitter.on('told', (n) => heard.push(`a${String(n)}`));
    emitter.on('told', (n) => heard.push(`b${String(n)}`));
    emitter.on('error', () => heard.push('error'));
    emitter.emit('told', 1);
    expect(heard).toEqual(['a1', 'b1']);
  });

  test('a listener that throws or rejects is told of, and disturbs no other', async () => {
    const faults: unknown[] = [];
    const emitter = new Emitter<Events>((error, event) => faults.push([error, event]));
    const heard = vi.fn();
    const thrown = new Error('thrown');
    const rejected = new Error('rejected');
    emitter.on('told', () => {
      throw thrown;
    });
    // What a listener returns is not looked at by the types, so a promise gets in.
    const rejecting: () => unknown = () => Promise.reject(rejected);
    emitter.on('told', rejecting);
    emitter.on('told', heard);
    emitter.emit('told', 1);
    await Promise.resolve();
    expect(heard).toHaveBeenCalledExactlyOnceWith(1);
    expect(faults).toEqual([
      [thrown, 'told'],
      [rejected, 'told'],
    ]);
  });

  test('survives one that hears of faults and has a fault itself', () => {
    const emitter = new Emitter<Events>(() => {
      throw new Error('fault in the fault');
    });
    emitter.on('told', () => {
      throw new Error('first');
    });
    expect(() => emitter.emit('told', 1)).not.toThrow();
  });

  test('an error without a listener throws nothing', () => {
    expect(() => new Emitter<Events>().emit('error', new Error('unheard'))).not.toThrow();
  });

  test('unsubscribing works by the returned function and by off, each once', () => {
    const emitter = new Emitter<Events>();
    const listener = vi.fn();
    const off = emitter.on('told', listener);
    emitter.on('told', listener);
    off();
    off();
    expect(emitter.listenerCount('told')).toBe(1);
    emitter.off('told', listener);
    emitter.off('told', listener);
    emitter.emit('told', 1);
    expect(listener).not.toHaveBeenCalled();
    expect(emitter.listenerCount('told')).toBe(0);
  });

  test('once hears one event, even where it causes the next itself, and off takes it away before', () => {
    const emitter = new Emitter<Events>();
    const heard: number[] = [];
    emitter.once('told', (n) => {
      heard.push(n);
      emitter.emit('told', n + 1);
    });
    emitter.emit('told', 1);
    expect(heard).toEqual([1]);
    const never = vi.fn();
    emitter.once('told', never);
    emitter.off('told', never);
    emitter.emit('told', 5);
    expect(never).not.toHaveBeenCalled();
  });

  test('a listener added or removed during an event counts from the next one on', () => {
    const emitter = new Emitter<Events>();
    const heard: string[] = [];
    const late = (n: number) => heard.push(`late${String(n)}`);
    const second = (n: number) => heard.push(`second${String(n)}`);
    emitter.once('told', () => {
      emitter.on('told', late);
      emitter.off('told', second);
    });
    emitter.on('told', second);
    emitter.emit('told', 1);
    emitter.emit('told', 2);
    expect(heard).toEqual(['second1', 'late2']);
  });

  test('removeAll leaves nobody', () => {
    const emitter = new Emitter<Events>();
    emitter.on('told', () => undefined);
    emitter.on('error', () => undefined);
    emitter.removeAll();
    expect(emitter.listenerCount('told') + emitter.listenerCount('error')).toBe(0);
  });
});
