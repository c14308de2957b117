import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleFile, CONTENT_SECURITY_POLICY, isBundleUrl, serveBundle } from '../../src/window/bundle.ts';

describe('the content security policy', () => {
  test('the policy allows own files and no connection', () => {
    const rules = new Map(
      CONTENT_SECURITY_POLICY.split('; ').map((rule) => [rule.split(' ')[0], rule.split(' ').slice(1)]),
    );
    expect(rules.get('default-src')).toEqual(["'none'"]);
    expect(rules.get('connect-src')).toEqual(["'none'"]);
    expect(rules.get('script-src')).toEqual(["'self'"]);
    expect(CONTENT_SECURITY_POLICY).not.toMatch(/unsafe|http|\*/u);
  });
});

describe('bundleFile', () => {
  test.each([
    ['app://bundle/desktop.html', '/app/page/desktop.html', 'text/html; charset=utf-8'],
    ['app://bundle/desktop.html?x=1#logs', '/app/page/desktop.html', 'text/html; charset=utf-8'],
    ['app://bundle/assets/mount-1.js', '/app/page/assets/mount-1.js', 'text/javascript; charset=utf-8'],
    ['app://bundle/assets/a%20b.css', '/app/page/assets/a b.css', 'text/css; charset=utf-8'],
  ])('bundleFile of %s', (url, path, contentType) => {
    expect(bundleFile('/app/page', url)).toEqual({ path, contentType });
  });

  test.each([
    'app://bundle/../main/main.js',
    'app://bundle/..%2fmain%2fmain.js',
    'app://bundle/%2e%2e/main/main.js',
    'app://bundle/assets/..%2f..%2fmain.js',
    'app://bundle/..%2fpage-two/index.html',
    'app://bundle/%00.html',
    'app://bundle/%zz.html',
    'app://bundle/',
    'app://bundle/secret.pem',
    'app://other/desktop.html',
    'http://bundle/desktop.html',
    'file:///app/page/desktop.html',
    'no URL at all',
  ])('%s names no file of the bundle', (url) => {
    const found = bundleFile('/app/page', url);
    // The URL parser removes ".." segments, so the rest may name a missing file, but only inside the root.
    expect(found === undefined || found.path.startsWith('/app/page/')).toBe(true);
    expect(found?.path ?? '').not.toContain('/app/main');
  });

  test('bundleFile never leaves the folder, however the path is written', () => {
    const piece = fc.constantFrom('..', '%2e%2e', '.', '/', '%2f', '\\', '%5c', 'assets', 'x.js', '%00', '//', '~');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const path = bundleFile('/app/page', `app://bundle/${pieces.join('')}.js`)?.path;
        expect(path === undefined || path.startsWith('/app/page/')).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});

test.each([
  ['app://bundle', true],
  ['app://bundle/', true],
  ['app://bundle/desktop.html', true],
  ['app://bundle.example.org/', false],
  ['app://other', false],
  ['https://bundle/', false],
  ['null', false],
  ['', false],
])('isBundleUrl of %j is %s', (url, expected) => {
  expect(isBundleUrl(url)).toBe(expected);
});

describe('serveBundle', () => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'bundle-'));
    mkdirSync(join(root, 'page'));
    writeFileSync(join(root, 'page', 'desktop.html'), '<p>hello</p>');
    writeFileSync(join(root, 'outside.js'), 'secret');
  });
  afterAll(() => rmSync(root, { recursive: true }));

  test('serveBundle returns the file with its type and the policy', async () => {
    const answer = await serveBundle(join(root, 'page'), { url: 'app://bundle/desktop.html' }, readFile);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe('<p>hello</p>');
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': CONTENT_SECURITY_POLICY,
      'x-content-type-options': 'nosniff',
    });
  });

  test.each(['app://bundle/missing.js', 'app://bundle/..%2foutside.js', 'app://bundle/'])(
    'a request for %s is answered with 404 under the same policy',
    async (url) => {
      const answer = await serveBundle(join(root, 'page'), { url }, readFile);
      expect(answer.status).toBe(404);
      expect(await answer.text()).not.toContain('secret');
      expect(answer.headers.get('content-security-policy')).toBe(CONTENT_SECURITY_POLICY);
    },
  );
});
