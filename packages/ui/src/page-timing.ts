const INTERVAL_MS = 500;

/** The time for components: advances in steps shared by all, and stops while nobody subscribes. */
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

/** Update interval of a hidden page, which gets no animation frames, ms. */
const HIDDEN_PAGE_INTERVAL_MS = 250;

/** Runs once before the next frame, or soon while the page is hidden; returns a cancel function. */
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
