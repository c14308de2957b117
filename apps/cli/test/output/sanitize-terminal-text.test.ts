import { expect, it } from 'vitest';
import { sanitizeTerminalText } from '../../src/output/sanitize-terminal-text.ts';

it.each([
  ['plain text,\ttabbed\nand broken', 'plain text,\ttabbed\nand broken'],
  ['\u001b[31mred\u001b[0m', 'red'],
  ['\u001b]0;owned\u0007title', 'title'],
  ['over\rwritten\u0008', 'overwritten'],
  ['\u001b[2J\u001b[1;1Hgone', 'gone'],
  ['half \u001b', 'half '],
  ['žluťoučký 馬', 'žluťoučký 馬'],
])('sanitizeTerminalText cleans %j', (text, expected) => {
  expect(sanitizeTerminalText(text)).toBe(expected);
});
