import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

const dist = join(import.meta.dirname, 'dist');

/** Commander would load node:child_process (1 to 2 ms) for sub-commands that are programs of their own: we have none. */
const withoutProgramCommands = {
  name: 'without-program-commands',
  resolveId: (id, importer = '') =>
    id === 'node:child_process' && /[\\/]commander[\\/]/.test(importer) ? '\0absent' : undefined,
  load: (id) => (id === '\0absent' ? 'export default {}' : undefined),
};

/**
 * `deskclaw.cjs` and its chunks, minified CommonJS, with everything inside: Node starts that about 10 ms sooner than
 * the same modules from node_modules. Each command is a chunk of its own, read when it runs, so that `status` never
 * reads the host. A single file would be parsed whole for every command; and a bundler that follows the index of a
 * package as a whole would wake all of the core for one name of it.
 */
await rm(join(dist, 'chunks'), { recursive: true, force: true });
const bundle = await rolldown({
  input: { deskclaw: join(import.meta.dirname, 'src/main.ts') },
  platform: 'node',
  // Speed-ups of ws that need a compiler at install time; it works without.
  external: ['bufferutil', 'utf-8-validate'],
  plugins: [withoutProgramCommands],
});
await bundle.write({
  dir: dist,
  format: 'cjs',
  entryFileNames: '[name].cjs',
  chunkFileNames: 'chunks/[name]-[hash].cjs',
  minify: true,
  banner: (chunk) => (chunk.isEntry ? '#!/usr/bin/env node' : ''),
});
await bundle.close();
await chmod(join(dist, 'deskclaw.cjs'), 0o755);
