import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { GATEWAY_VERSION } from '../src/index.ts';

it('the version is the one of the package', () => {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  expect(manifest).toMatchObject({ version: GATEWAY_VERSION });
});
