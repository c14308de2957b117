import { compare, parse, prerelease, satisfies, valid } from 'semver';

/**
 * OpenClaw's order: `2026.2.3-1` is a second edition of `2026.2.3` and comes after it, where semver would put it before;
 * `2026.2.3-beta.1` comes before it.
 * @returns below 0 where `one` is older.
 */
export function compareVersions(one: string, other: string): number {
  const [a, b] = [parse(one), parse(other)];
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
  const rank = (version: string): number => {
    const [first] = prerelease(version) ?? [];
    return first === undefined ? 1 : typeof first === 'number' ? 2 : 0;
  };
  return a.compareMain(b) || rank(one) - rank(other) || compare(a, b);
}

export function isExactVersion(text: string): boolean {
  return valid(text) === text;
}

/**
 * Picks the Node to fetch for a range: the newest release of the lowest line that fits, which is the one its authors name
 * first and know best; a line with long-term support (an even one) before any other.
 * @returns `undefined`: none fits.
 */
export function pickNode(published: readonly string[], needed: string): string | undefined {
  const fitting = published
    .map((version) => parse(version))
    .filter((version) => version !== null)
    .filter((version) => version.prerelease.length === 0 && satisfies(version, needed));
  const [best] = fitting.sort((a, b) => (a.major % 2) - (b.major % 2) || a.major - b.major || compare(b, a));
  return best?.version;
}
