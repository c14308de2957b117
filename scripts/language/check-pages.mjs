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

/**
 * Short names of folders on the pages: `core/rpc/peer.ts` is `packages/core/src/rpc/peer.ts`.
 * @type {Readonly<Record<string, string>>}
 */
const shortFolders = {
  protocol: 'packages/protocol/src',
  core: 'packages/core/src',
  openclaw: 'packages/openclaw/src',
  host: 'packages/host/src',
  gateway: 'packages/gateway/src',
  ui: 'packages/ui/src',
  cli: 'apps/cli/src',
  desktop: 'apps/desktop/src',
};

/** `a/{b,c}.ts` names two files. @param {string} path @returns {readonly string[]} */
function expandBraces(path) {
  const found = /^([^{]*)\{([^}]*)\}(.*)$/.exec(path);
  if (found === null) return [path];
  const [, before = '', names = '', after = ''] = found;
  return names.split(',').flatMap((name) => expandBraces(`${before}${name}${after}`));
}

/**
 * @param {string} file
 * @param {string} text
 * @param {(path: string) => boolean} exists
 * @returns {readonly string[]} one line for each source file that a page names in code quotes and that is not there
 */
export function findMissingFiles(file, text, exists) {
  return [...text.matchAll(/`([\w@-]+)(\/[\w./{},@-]+\.(?:tsx?|[cm]js|json))`/g)]
    .flatMap(([, first = '', rest = '']) => expandBraces(rest).map((path) => [first, path]))
    .flatMap(([first = '', rest = '']) => {
      const short = shortFolders[first];
      if (short !== undefined) return [`${short}${rest}`];
      return ['packages', 'apps', 'verify', 'scripts', 'docs'].includes(first) ? [`${first}${rest}`] : [];
    })
    .filter((path) => !exists(path))
    .map((path) => `${file} names ${path}, which is not there`);
}
