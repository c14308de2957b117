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
