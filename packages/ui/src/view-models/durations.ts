const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${String(large)} ${largeUnit}` : `${String(large)} ${largeUnit} ${String(small)} ${smallUnit}`;
}

/** How long something has lasted, in at most two units: "12 s", "4 min 5 s", "3 h 12 min", "2 d 4 h". */
export function formatDuration(ms: number): string {
  const whole = Math.max(0, Math.floor(ms / SECOND)) * SECOND;
  if (whole < MINUTE) return `${String(whole / SECOND)} s`;
  if (whole < HOUR) return pair(Math.floor(whole / MINUTE), 'min', Math.floor((whole % MINUTE) / SECOND), 's');
  if (whole < DAY) return pair(Math.floor(whole / HOUR), 'h', Math.floor((whole % HOUR) / MINUTE), 'min');
  return pair(Math.floor(whole / DAY), 'd', Math.floor((whole % DAY) / HOUR), 'h');
}

/** How long something took: "240 ms", "8.4 s", then as `lasting`. */
export function formatElapsed(ms: number): string {
  if (ms < SECOND) return `${String(Math.max(0, Math.round(ms)))} ms`;
  return ms < MINUTE ? `${(ms / SECOND).toFixed(1)} s` : formatDuration(ms);
}

/** "just now", "12 s ago", "3 h ago": one unit, for times that need no more. */
export function formatAge(ms: number): string {
  if (ms < 5 * SECOND) return 'just now';
  if (ms < MINUTE) return `${String(Math.floor(ms / SECOND))} s ago`;
  if (ms < HOUR) return `${String(Math.floor(ms / MINUTE))} min ago`;
  if (ms < DAY) return `${String(Math.floor(ms / HOUR))} h ago`;
  return `${String(Math.floor(ms / DAY))} d ago`;
}

/** A countdown: "2:48", "0:07", "1:02:03". */
export function formatCountdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / SECOND));
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  const rest = two(seconds % 60);
  return hours === 0 ? `${String(minutes)}:${rest}` : `${String(hours)}:${two(minutes)}:${rest}`;
}

/** Whole seconds until a moment, never below zero and never "0 s" while there is time left. */
export function secondsUntil(at: number, now: number): number {
  return Math.max(0, Math.ceil((at - now) / SECOND));
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** Local time of day: "14:02:11". */
export function formatTime(at: number): string {
  const date = new Date(at);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** Time of day, with the date once it is another one than today's: "21 Nov, 14:02". */
export function formatTimestamp(at: number, now: number): string {
  const date = new Date(at);
  if (date.toDateString() === new Date(now).toDateString()) return formatTime(at);
  const day = date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
  return `${day}, ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** A latency: "3 ms", "under 1 ms", "1.2 s". */
export function formatLatency(ms: number): string {
  if (ms < 1) return 'under 1 ms';
  return ms < SECOND ? `${String(Math.round(ms))} ms` : `${(ms / SECOND).toFixed(1)} s`;
}
