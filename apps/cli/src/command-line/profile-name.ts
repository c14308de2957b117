import { InvalidArgumentError } from '@commander-js/extra-typings';

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
