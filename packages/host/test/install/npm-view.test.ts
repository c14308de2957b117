import { describe, expect, it } from 'vitest';
import { readPublished, readVersions } from '../../src/install/npm-view.ts';

function ended(stdout: unknown, code = 0, stderr = '') {
  return { kind: 'ended', code, stdout: typeof stdout === 'string' ? stdout : JSON.stringify(stdout), stderr } as const;
}
const integrity = `sha512-${'a'.repeat(86)}==`;
const entry = { name: 'openclaw', version: '2026.9.6', engines: { node: '>=24' }, 'dist.integrity': integrity };

describe('what npm says about a version', () => {
  it.each([
    ['one', entry, { version: '2026.9.6', neededNode: '>=24', integrity }],
    [
      'several: the last is the newest',
      [{ ...entry, version: '2026.9.5' }, entry],
      { version: '2026.9.6', neededNode: '>=24', integrity },
    ],
    [
      'one without engines',
      { name: 'openclaw', version: '0.0.1', 'dist.integrity': integrity },
      { version: '0.0.1', neededNode: '*', integrity },
    ],
  ])('readPublished takes the version from %s', (_, said, value) => {
    expect(readPublished(ended(said))).toEqual({ kind: 'answered', value });
  });

  it.each([
    [
      'an error that means there is none',
      ended({ error: { code: 'E404', summary: 'No match found for version 9' } }, 1),
      'unknown',
    ],
    ['nothing at all', ended(''), 'unknown'],
    ['another error', ended({ error: { code: 'E401', summary: 'log in' } }, 1, 'npm error code E401'), 'failed'],
    ['another package', ended({ ...entry, name: 'other' }), 'failed'],
    ['a version that is none', ended({ ...entry, version: 'latest' }), 'failed'],
    ['a version without a checksum', ended({ ...entry, 'dist.integrity': undefined }), 'failed'],
    [
      'a version with a weak checksum',
      ended({ ...entry, 'dist.integrity': 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=' }),
      'failed',
    ],
    ['no JSON', ended('{"name":'), 'failed'],
    ['an empty list', ended([]), 'failed'],
    ['too late', { kind: 'timed-out' } as const, 'failed'],
    ['not at all', { kind: 'failed', message: 'ENOENT' } as const, 'failed'],
  ])('readPublished classifies %s', (_, run, kind) => {
    expect(readPublished(run).kind).toBe(kind);
  });

  it('a failure quotes the error lines of npm without their prefix and its log path', () => {
    const stderr =
      'npm warn x\nnpm error code ECONNREFUSED\nnpm error\nnpm error A complete log of this run can be found in: /x';
    expect(readPublished(ended('', 1, stderr))).toEqual({
      kind: 'failed',
      reason: 'npm ended with 1.',
      lines: ['code ECONNREFUSED'],
    });
  });
});

it.each([
  ['a list', ['1.0.0', '2.0.0'], ['1.0.0', '2.0.0']],
  ['one without a list', '"1.0.0"', ['1.0.0']],
])('readVersions takes the versions from %s', (_, said, value) => {
  expect(readVersions(ended(said))).toEqual({ kind: 'answered', value });
});
