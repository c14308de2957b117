import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../setup/workspace.mjs';

const guide = readFileSync(join(root, 'docs', 'testing.md'), 'utf8');

/** Every example with the file that it is from. */
const examples = [...guide.matchAll(/^From `(?<file>[^`]+)`:\n\n```ts\n(?<code>[\s\S]*?)^```$/gm)].map(
  ({ groups }) => ({
    file: groups?.['file'] ?? '',
    code: groups?.['code'] ?? '',
  }),
);

/** The text without the indentation of its lines. */
function unindented(text: string): string {
  return text.replaceAll(/^ +/gm, '');
}

test('docs/testing.md shows two examples of each helper language', () => {
  expect(examples.length).toBeGreaterThanOrEqual(14);
});

test.each(examples)('an example of docs/testing.md is still the code of $file', ({ file, code }) => {
  const source = unindented(readFileSync(join(root, file), 'utf8'));
  expect(source.includes(unindented(code)), `${file} has changed; copy this again:\n${code}`).toBe(true);
});
