const INTERVAL_MS = 500;

/** The time as components see it: it moves in steps, the same for all of them, and rests while nobody looks. */
export interface Ticker {
  readonly subscribe: (listener: () => void) => () => void;
  readonly now: () => number;
}

export function createTicker(): Ticker {
  const listeners = new Set<() => void>();
  let now = Date.now();
  let timer: ReturnType<typeof setInterval> | undefined;

  function tick(): void {
    now = Date.now();
    for (const listener of listeners) listener();
  }

  return {
    subscribe: (listener) => {
      listeners.add(listener);
      timer ??= setInterval(tick, INTERVAL_MS);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
    now: () => now,
  };
}

/** A hidden page paints no frames; it is kept current at this pace instead, ms. */
const HIDDEN_PAGE_INTERVAL_MS = 250;

/** Runs once, just before the next picture is painted or soon where none is; returns a cancel. */
export function nextFrame(run: () => void): () => void {
  function once(): void {
    cancel();
    run();
  }
  const frame = requestAnimationFrame(once);
  const timer = setTimeout(once, HIDDEN_PAGE_INTERVAL_MS);
  function cancel(): void {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
  }
  return cancel;
}
