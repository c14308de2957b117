import { posix } from 'node:path';

/** The numbers of the rows of docs/behaviour.md: P1, R2, ... @param {string} page */
export function rowsOf(page) {
  return new Set([...page.matchAll(/^\| ([PRLTEX]\d+) \|/gm)].map(([, row]) => row));
}

/**
 * @param {string} file
 * @param {string} text
 * @param {(target: string) => boolean} exists
 * @returns {readonly string[]} one line for each relative link of a page that leads nowhere
 */
export function findDeadLinks(file, text, exists) {
  return [...text.replace(/```[\s\S]*?```/g, '').matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)(#[^)\s]*)?\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !exists(posix.normalize(posix.join(posix.dirname(file), link))))
    .map((link) => `${file}: the link to ${link} leads nowhere`);
}

/**
 * @param {string} file
 * @param {string} text
 * @param {ReadonlySet<string | undefined>} rows
 * @returns {readonly string[]} one line for each cited row that is not in docs/behaviour.md: `(P5)`, `P8: ...`, `L1, L2`
 */
export function findUnknownRows(file, text, rows) {
  return text.split('\n').flatMap((line, index) => {
    // In a title or comment, at its start or in brackets: elsewhere such a word may be anything.
    const cited = [...line.matchAll(/(?:['"`(]|\*\s|\/\/\s)([PRLTEX]\d{1,2})(?=[:),]| and )/g)].map(([, row]) => row);
    return cited
      .filter((row) => !rows.has(row))
      .map((row) => `${file}:${index + 1} cites ${row}, which docs/behaviour.md has not`);
  });
}
