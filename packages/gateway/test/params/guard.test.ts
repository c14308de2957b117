import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { settings } from '../../src/params/fields.ts';
import {
  check,
  flag,
  integer,
  listOf,
  nothing,
  object,
  oneOf,
  optional,
  orNothing,
  text,
} from '../../src/params/guard.ts';
import { isOriginAllowed } from '../../src/server/access.ts';

const person = object({
  name: text({ min: 1, max: 10 }),
  age: optional(integer(0, 150)),
  tags: optional(listOf(oneOf(['a', 'b']), 3)),
  home: optional(object({ 'a/b': flag })),
});

describe('a guard', () => {
  it.each<[unknown, string, string]>([
    [null, '', 'must be an object, is null'],
    [[], '', 'must be an object, is a list'],
    [{}, '/name', 'is missing'],
    [{ name: undefined }, '/name', 'is missing'],
    [{ name: '' }, '/name', 'must not be empty'],
    [{ name: 'x'.repeat(11) }, '/name', 'must have 10 characters at most, has 11'],
    [{ name: 5 }, '/name', 'must be text, is a number'],
    [{ name: 'x', age: 1.5 }, '/age', 'must be a whole number from 0 to 150'],
    [{ name: 'x', age: null }, '/age', 'must be a whole number from 0 to 150'],
    [{ name: 'x', tags: ['a', 'c'] }, '/tags/1', 'must be one of a, b'],
    [{ name: 'x', tags: ['a', 'a', 'a', 'a'] }, '/tags', 'must have 3 items at most, has 4'],
    [{ name: 'x', nmae: 1 }, '/nmae', 'is not known here'],
    [{ name: 'x', 'a/~b': 1 }, '/a~1~0b', 'is not known here'],
    [JSON.parse('{"name":"x","__proto__":{}}'), '/__proto__', 'is not known here'],
  ])('finds the fault in %j', (value, path, problem) => {
    expect(check(person, value)).toMatchObject({ ok: false, fault: { path, problem } });
  });

  it('lets pass what is right, untouched', () => {
    const value = { name: 'Ada', age: 36, tags: ['a'] };
    const checked = check(person, value);
    expect(checked.ok && checked.value).toBe(value);
  });

  it('the guard never throws for any value', () => {
    const guards = [person, settings, nothing, orNothing(person), text(), flag, listOf(person)];
    fc.assert(
      fc.property(
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withNullPrototype: true,
          withSparseArray: true,
        }),
        (value) => {
          for (const guard of guards) expect(typeof check<unknown>(guard, value).ok).toBe('boolean');
        },
      ),
    );
  });
});

describe('an Origin', () => {
  it('isOriginAllowed rejects every origin that is not loopback', () => {
    fc.assert(
      fc.property(fc.webAuthority(), fc.constantFrom('http', 'https'), (authority, scheme) => {
        const url = URL.parse(`${scheme}://${authority}`);
        const local =
          url !== null &&
          (['localhost', '127.0.0.1', '[::1]'].includes(url.hostname) || url.hostname.endsWith('.localhost'));
        expect(isOriginAllowed(`${scheme}://${authority}`)).toBe(local);
      }),
    );
  });
});
