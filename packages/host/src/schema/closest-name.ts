/** Returns in how many single changes (a character added, left out, replaced, or swapped with the next) one word becomes another. */
function distance(from: string, to: string): number {
  const rows: number[][] = Array.from({ length: from.length + 1 }, (_, i) => [i]);
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let i = 0; i <= from.length; i += 1) {
    for (let j = i === 0 ? 0 : 1; j <= to.length; j += 1) {
      const row = rows[i];
      if (row === undefined) continue;
      if (i === 0) {
        row[j] = j;
        continue;
      }
      const replaced = at(i - 1, j - 1) + (from[i - 1] === to[j - 1] ? 0 : 1);
      const swapped =
        i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1] ? at(i - 2, j - 2) + 1 : replaced;
      row[j] = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, replaced, swapped);
    }
  }
  return at(from.length, to.length);
}

/**
 * Returns the known name that was probably meant by an unknown one: the same but for case, the last part of it, or a few slips of
 * the keyboard away. `undefined`: none is close.
 */
export function closestName(name: string, known: readonly string[]): string | undefined {
  const word = name.slice(0, 100).toLowerCase();
  const plain = (each: string): string => each.toLowerCase();
  const exact = known.find((each) => plain(each) === word);
  if (exact !== undefined || word === '') return exact;
  const [best] = known
    .map((each) => ({ each, far: distance(word, plain(each)) }))
    .filter(({ each, far }) => far <= Math.max(1, Math.floor(Math.min(word.length, each.length) * 0.4)))
    .toSorted((a, b) => a.far - b.far);
  return best?.each ?? known.find((each) => plain(each).endsWith(`.${word}`));
}
