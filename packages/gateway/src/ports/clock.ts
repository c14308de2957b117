export type Cancel = () => void;

/** Clock of the gateway; tests replace it. */
export interface Clock {
  /** Monotonic ms; only differences mean something. */
  now(): number;
  /** Epoch ms; may jump. */
  wallTime(): number;
  /** Runs once after `delayMs`; a pending one never keeps the process alive. */
  schedule(delayMs: number, run: () => void): Cancel;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  schedule(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Resolves after `delayMs`, or at once when `signal` aborts; never rejects. */
export function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const wake = (): void => {
      cancel();
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const cancel = clock.schedule(delayMs, wake);
    signal.addEventListener('abort', wake, { once: true });
  });
}

export interface Random {
  /** A fresh unguessable identifier (RFC 9562 version 4). */
  uuid(): string;
}

export const systemRandom: Random = { uuid: () => crypto.randomUUID() };
