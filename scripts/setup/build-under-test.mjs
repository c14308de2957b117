import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { root } from './workspace.mjs';

/**
 * Names another built checkout, an older one for example: tests of what a user sees then run its command line and its SDK. Programs that
 * are loaded with `--import` of this file take the SDK from there too.
 */
export const BUILD_VARIABLE = 'DESKCLAW_TEST_BUILD';

/** The modules of core that stand for its public entry in tests of what a user sees. */
const entries = ['index', 'manager/gateway-manager', 'errors/gateway-error'].map((name) =>
  join(root, 'packages', 'core', 'src', `${name}.ts`),
);

/**
 * Returns the file that takes the place of a source file of core, or `undefined` where nothing does.
 * @param {string} file
 * @param {string | undefined} build
 */
function replacement(file, build = process.env[BUILD_VARIABLE]) {
  return build !== undefined && entries.includes(file)
    ? join(build, 'packages', 'core', 'dist', 'index.js')
    : undefined;
}

/** For Vite, which loads the test files and what they import. */
export function takeBuildUnderTest() {
  return {
    name: 'build-under-test',
    enforce: /** @type {const} */ ('pre'),
    /** @param {string} source @param {string | undefined} importer */
    resolveId(source, importer) {
      if (importer === undefined || !source.startsWith('.')) return undefined;
      return replacement(join(importer, '..', source));
    },
  };
}

if (process.env[BUILD_VARIABLE] !== undefined)
  registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context);
      const file = resolved.url.startsWith('file:') ? replacement(fileURLToPath(resolved.url)) : undefined;
      return file === undefined ? resolved : { ...resolved, url: pathToFileURL(file).href, format: 'module' };
    },
  });
