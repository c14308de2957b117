import type { GatewayPhase } from '@deskclaw/protocol';

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

export function megabytes(bytes: number): string {
  return `${String(Math.ceil(bytes / 1024 ** 2))} MB`;
}

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

/** The finer step, as a person would say it. */
export const phaseLabels: Readonly<Record<GatewayPhase, string>> = {
  idle: 'idle',
  preflight: 'checking prerequisites',
  spawning: 'starting the process',
  'waiting-ready': 'waiting until it is ready',
  'warming-up': 'answering, still starting',
  connecting: 'connecting',
  handshaking: 'logging in',
  ready: 'ready',
  backoff: 'waiting before the next start',
  'waiting-retry': 'waiting before the next attempt',
  paused: 'paused until you act',
  exhausted: 'retrying at long intervals',
  migrating: 'migrating its data',
  restarting: 'restarting by itself',
  drain: 'finishing running work',
  terminating: 'stopping the process',
  failed: 'failed',
};
