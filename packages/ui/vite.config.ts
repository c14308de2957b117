import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** What the page may weigh over the wire, scripts and styles together, KiB. */
const BUDGET_KIB = 200;

/** Prints what the page weighs and fails the build where it is too heavy. */
function weighed(): Plugin {
  let folder = '';
  return {
    name: 'weighed',
    apply: 'build',
    configResolved: (config) => {
      folder = resolve(config.root, config.build.outDir, 'assets');
    },
    buildStart: () => rmSync(folder, { recursive: true, force: true }),
    closeBundle: () => {
      const files = readdirSync(folder).filter((name) => /\.(js|css)$/u.test(name));
      const bytes = files.map((name) => gzipSync(readFileSync(resolve(folder, name)), { level: 9 }).length);
      const kib = bytes.reduce((sum, size) => sum + size, 0) / 1024;
      console.log(
        `page: ${kib.toFixed(1)} KiB gzip in ${String(files.length)} files (budget ${String(BUDGET_KIB)} KiB)`,
      );
      if (kib > BUDGET_KIB)
        throw new Error(`the page weighs ${kib.toFixed(1)} KiB, more than ${String(BUDGET_KIB)} KiB`);
    },
  };
}

export default defineConfig({
  base: './',
  plugins: [react(), weighed()],
  build: {
    target: ['chrome130', 'firefox130', 'safari18'],
    // The page forbids inline anything, so nothing may be inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    license: { fileName: 'third-party-notices.md' },
    // The module for Node programs lies beside it.
    emptyOutDir: false,
    rollupOptions: { input: ['index.html', 'desktop.html'] },
  },
});
