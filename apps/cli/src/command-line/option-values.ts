import { InvalidArgumentError } from '@commander-js/extra-typings';
import { parseSince } from './parse-since.ts';
import { splitCommand } from './split-command.ts';

/** The longest a timer of the system can wait (2^31 - 1 ms). */
const MAX_SECONDS = 2_147_483;

function reject(what: string): never {
  throw new InvalidArgumentError(what);
}

export function parsePort(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 65_535) reject('A port is a whole number from 0 (any free one) to 65535.');
  return value;
}

/** Reads the path of a WebSocket address. */
export function parsePath(text: string): string {
  if (!/^\/[^\s?#]*$/.test(text)) reject('A path begins with "/", such as /ws.');
  return text;
}

/** @returns ms. */
export function parseSeconds(text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value <= 0 || value > MAX_SECONDS) {
    reject(`Use a number of seconds above 0, at most ${String(MAX_SECONDS)}.`);
  }
  return Math.max(1, Math.round(value * 1_000));
}

export function parseCount(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 100_000) reject('Use a whole number from 0 to 100000.');
  return value;
}

/** @returns epoch ms. */
export function parseTime(text: string): number {
  return (
    parseSince(text, Date.now()) ??
    reject('Use an age (10m, 1h30m, 2d), a time (14:02) or a date (2026-11-23T14:02:00Z).')
  );
}

export function parsePattern(text: string): string {
  try {
    new RegExp(text, 'u');
    return text;
  } catch (error) {
    return reject(error instanceof Error ? `${error.message}.` : 'This is not a regular expression.');
  }
}

export function parseCommand(text: string): readonly [string, ...string[]] {
  const split = splitCommand(text);
  return split.ok ? split.argv : reject(`At character ${String(split.at + 1)}: ${split.fault}.`);
}

const allowed = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** A profile names files and a socket, so it must be a name and never a path. */
export function parseProfile(text: string): string {
  if (!allowed.test(text) || text.includes('..')) {
    throw new InvalidArgumentError(
      'A profile is named by up to 64 letters, digits, "-", "_" and ".", the first a letter or digit, without "..".',
    );
  }
  return text;
}
