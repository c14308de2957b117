import { cpSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { defineConfig } from 'electron-vite';
import type { Plugin } from 'vite';

const here = import.meta.dirname;
const page = dirname(createRequire(import.meta.url).resolve('@deskclaw/ui/site/desktop.html'));

/** Node of Electron 33, the oldest that the tests may run on; the shipped one (45) runs the same code. */
const target = 'node20.18';

/** Copies the page that `@deskclaw/ui` built; the browser shows the same one. */
function takePage(): Plugin {
  return {
    name: 'take-page',
    closeBundle: () => {
      const to = join(here, 'dist', 'renderer');
      rmSync(to, { recursive: true, force: true });
      cpSync(join(page, 'desktop.html'), join(to, 'desktop.html'));
      cpSync(join(page, 'assets'), join(to, 'assets'), { recursive: true });
    },
  };
}

export default defineConfig({
  main: {
    plugins: [takePage()],
    build: {
      outDir: 'dist/main',
      target,
      // A single file loads and compiles faster, and a packed app needs no node_modules.
      externalizeDeps: false,
      minify: true,
      rolldownOptions: {
        input: { main: 'src/main.ts' },
        // Speed-ups of ws that need a compiler at install time; it works without.
        external: ['bufferutil', 'utf-8-validate'],
        output: { format: 'es', codeSplitting: false },
      },
    },
  },
  preload: {
    build: {
      outDir: 'dist/preload',
      target,
      externalizeDeps: false,
      rolldownOptions: {
        input: { preload: 'src/preload/preload.ts' },
        // A sandboxed preload can only be one CommonJS file.
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
});
