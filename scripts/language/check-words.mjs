/**
 * Checks names and prose against `word-list.json`, the private words that once stood for standard terms: identifiers,
 * file names, comments, test titles and the pages of the documentation. Test titles and docstrings also have to stand alone.
 */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import ts from 'typescript';

/**
 * @typedef {object} WordList
 * @property {Readonly<Record<string, string>>} everywhere word to standard term
 * @property {Readonly<Record<string, string>>} identifiers words with an ordinary use in sentences, but not in names
 * @property {Readonly<Record<string, string>>} storedNames names of keys on disk that stay, each with the reason
 * @property {readonly string[]} titleStarts words that no test title may start with
 * @property {readonly string[]} docstringStarts words that no docstring may start with
 */

/** @type {WordList} */
export const wordList = JSON.parse(readFileSync(join(import.meta.dirname, 'word-list.json'), 'utf8'));

/** The parts of a name in camel, kebab, snake or constant case; in lower case. @param {string} name */
function wordsOf(name) {
  return name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '');
}

/** @param {Readonly<Record<string, string>>} list @param {string} word */
function termFor(list, word) {
  const singular = word.endsWith('s') ? word.slice(0, -1) : word;
  if (Object.hasOwn(list, word)) return list[word];
  return Object.hasOwn(list, singular) ? list[singular] : undefined;
}

/** A test call's title, where the call has a literal one. @param {ts.Node} node @param {ts.SourceFile} source */
function titleOf(node, source) {
  if (!ts.isCallExpression(node)) return undefined;
  const [first] = node.arguments;
  if (first === undefined || !(ts.isStringLiteralLike(first) || ts.isTemplateExpression(first))) return undefined;
  const callee = node.expression.getText(source);
  return /^(it|test)(\.\w+)*(\(|$)/.test(callee) && !/^(it|test)(\.\w+)*\.(each|for|skipIf|runIf)$/.test(callee)
    ? first
    : undefined;
}

/** @param {string} comment text with its delimiters */
const proseOf = (comment) =>
  comment
    .replace(/^\/\*\*?|\*\/$/g, '')
    .replace(/^\s*(\*|\/\/+) ?/gm, '')
    .replace(/`[^`]*`/g, 'code')
    .trim();

/** @param {string} text @param {readonly string[]} starts */
function startOf(text, starts) {
  const lower = text.toLowerCase();
  return starts.find(
    (start) => lower === start || (lower.startsWith(start) && /[^a-z'’]/.test(lower[start.length] ?? '')),
  );
}

/**
 * @param {string} path
 * @param {string} text
 * @returns {readonly string[]} one line a fault, `path:line what`
 */
export function findFaults(path, text) {
  /** @type {string[]} */
  const faults = [];
  /** @param {number} line @param {string} what */
  const report = (line, what) => faults.push(`${path}:${line} ${what}`);

  for (const word of wordsOf(basename(path))) {
    const term = termFor(wordList.everywhere, word) ?? termFor(wordList.identifiers, word);
    if (term !== undefined) report(1, `the file name has "${word}"; say "${term}"`);
  }
  /** @param {string} prose @param {number} line @param {string} where */
  const checkProse = (prose, line, where) => {
    for (const [index, row] of prose
      .replace(/`[^`]*`/g, '')
      .split('\n')
      .entries()) {
      for (const word of wordsOf(row)) {
        const term = termFor(wordList.everywhere, word);
        if (term !== undefined) report(line + index, `${where} has "${word}"; say "${term}"`);
      }
    }
  };
  if (path.endsWith('.md')) {
    checkProse(
      text.replace(/```[\s\S]*?```/g, (block) => block.replace(/[^\n]/g, '')),
      1,
      'the text',
    );
    return faults;
  }

  const kind = path.endsWith('x') ? ts.ScriptKind.TSX : path.endsWith('ts') ? ts.ScriptKind.TS : ts.ScriptKind.JS;
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, kind);
  /** @param {number} position */
  const lineAt = (position) => source.getLineAndCharacterOfPosition(position).line + 1;

  /** Comments are trivia: each is seen once, by its position. @type {Set<number>} */
  const seen = new Set();
  /** @param {number} position */
  const checkComments = (position) => {
    for (const range of [
      ...(ts.getLeadingCommentRanges(text, position) ?? []),
      ...(ts.getTrailingCommentRanges(text, position) ?? []),
    ]) {
      if (seen.has(range.pos)) continue;
      seen.add(range.pos);
      const comment = text.slice(range.pos, range.end);
      checkProse(comment, lineAt(range.pos), 'the comment');
      if (!comment.startsWith('/**')) continue;
      const start = startOf(proseOf(comment), wordList.docstringStarts);
      if (start !== undefined)
        report(lineAt(range.pos), `the docstring starts with "${start}"; start with a verb or a noun`);
    }
  };

  /** @param {ts.Node} node */
  const visit = (node) => {
    checkComments(node.getFullStart());
    checkComments(node.getEnd());
    if ((ts.isIdentifier(node) || ts.isPrivateIdentifier(node)) && !Object.hasOwn(wordList.storedNames, node.text)) {
      for (const word of wordsOf(node.text)) {
        const term = termFor(wordList.everywhere, word) ?? termFor(wordList.identifiers, word);
        if (term !== undefined)
          report(lineAt(node.getStart(source)), `the name ${node.text} has "${word}"; say "${term}"`);
      }
    }
    const title = titleOf(node, source);
    if (title !== undefined) {
      const line = lineAt(title.getStart(source));
      const said = title.getText(source).slice(1, -1);
      checkProse(said, line, 'the test title');
      const start = startOf(said, wordList.titleStarts);
      if (start !== undefined)
        report(line, `the test title starts with "${start}"; write a sentence that stands alone`);
      if (said.trim().split(/\s+/).length < 3) report(line, 'the test title has fewer than three words');
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return faults;
}
