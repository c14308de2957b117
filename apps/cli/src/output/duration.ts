const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function pair(ms: number, big: number, bigName: string, small: number, smallName: string): string {
  const whole = Math.floor(ms / big);
  const rest = Math.floor((ms % big) / small);
  return rest === 0 ? `${String(whole)}${bigName}` : `${String(whole)}${bigName} ${String(rest)}${smallName}`;
}

/** `340 ms`, `8.4 s`, `42 s`, `12m 4s`, `3h 12m`, `2d 3h`: the two largest units that say something. */
export function formatDuration(ms: number): string {
  const span = Math.max(0, ms);
  if (span < SECOND) return `${String(Math.round(span))} ms`;
  if (span < 10 * SECOND) return `${String(Math.floor(span / 100) / 10)} s`;
  if (span < MINUTE) return `${String(Math.floor(span / SECOND))} s`;
  if (span < HOUR) return pair(span, MINUTE, 'm', SECOND, 's');
  if (span < DAY) return pair(span, HOUR, 'h', MINUTE, 'm');
  return pair(span, DAY, 'd', HOUR, 'h');
}
