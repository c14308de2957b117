import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { documentNames, jsonSchemaOf, jsonSchemas } from '../../src/command-line/json-schemas.ts';
import { Home } from '../support/deskclaw.ts';

const sources = join(import.meta.dirname, '../../src');

describe('the published JSON schemas', () => {
  it('name every document that a command prints, and no other', () => {
    const printed = readdirSync(sources, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) =>
        [...readFileSync(join(sources, name), 'utf8').matchAll(/\bshell\.(?:document|record)\('([\w-]+)'/g)].map(
          (match) => match[1],
        ),
      );
    expect([...documentNames].toSorted()).toEqual([...new Set(printed)].toSorted());
  });

  it.each(documentNames)('the schema of %s is a valid one, and refuses another document', (name) => {
    const check = new Ajv2020({ strict: false }).compile(jsonSchemaOf(name) ?? false);
    expect(check({ schema: 'deskclaw.other/1' })).toBe(false);
    expect(check([])).toBe(false);
  });

  it('help schemas --json prints them, and a failure on stderr fits them too', async () => {
    const home = new Home();
    const { stdout } = await home.run('help', 'schemas', '--json');
    expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(jsonSchemas())));
    const failed = await home.run('call', 'system.health', '--json');
    expect(failed.code).toBe(3);
    const check = new Ajv2020({ strict: false }).compile(JSON.parse(stdout) as object);
    expect([check(JSON.parse(failed.stderr)), check({ error: { code: 1 } })]).toEqual([true, false]);
  });
});
