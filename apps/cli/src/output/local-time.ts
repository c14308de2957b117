function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** `14:02:11`, on the user's clock. */
export function localTime(at: number): string {
  const date = new Date(at);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** `2026-11-23 14:02:11`, on the user's clock: sorts as text and can be given back to `--since`. */
export function localDateTime(at: number): string {
  const date = new Date(at);
  return `${String(date.getFullYear())}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${localTime(at)}`;
}

/** `14:02:11` today, with the date on any other day. */
export function shortTime(at: number, now: number): string {
  const full = localDateTime(at);
  return full.slice(0, 10) === localDateTime(now).slice(0, 10) ? localTime(at) : full;
}
