import { execFileSync } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { thirdPartyNotices } from './third-party-notices.mjs';

const dist = join(import.meta.dirname, 'dist');

/**
 * Built-in modules that a library loads when it is loaded, and that most of our commands never use, in ms saved:
 * TLS (5) and compression (1) of ws, which our own socket needs neither of; hashes (3) of socket paths too long for the
 * system and the random numbers of a host, which stand beside the clock of every command; child processes (2) of commander's sub-commands that are programs, and of commands that start a host.
 */
const mostlyUnused = new Map([
  ['https', /[\\/]ws[\\/]/],
  ['tls', /[\\/]ws[\\/]/],
  ['zlib', /[\\/]ws[\\/]/],
  ['crypto', /[\\/](profile[\\/]paths|node-clock|record-file)\./],
  ['child_process', /./],
]);

/** The same module, loaded when the first of its members is asked for. */
function lazily(name) {
  const load = `require('node:${name}')`;
  const members = Object.keys(createRequire(import.meta.url)(`node:${name}`));
  return `module.exports = {${members.map((member) => `get ${member}() { return ${load}.${member}; }`).join(',')}};`;
}

const LAZY = '\0lazy:';
const loadMostlyUnusedLazily = {
  name: 'load-mostly-unused-lazily',
  resolveId(id, importer = '') {
    if (importer.startsWith(LAZY)) return { id, external: true };
    const name = id.replace(/^node:/, '');
    return mostlyUnused.get(name)?.test(importer) === true ? `${LAZY}${name}` : undefined;
  },
  load: (id) => (id.startsWith(LAZY) ? lazily(id.slice(LAZY.length)) : undefined),
};

/**
 * `deskclaw.cjs` and its chunks, minified CommonJS, with everything inside: Node starts that about 10 ms sooner than
 * the same modules from node_modules. Each command is a chunk of its own, read when it runs, so that `status` never
 * reads the host. A single file would be parsed whole for every command; and a bundler that follows the index of a
 * package as a whole would wake all of the core for one name of it.
 */
const inputOptions = {
  // The keyring package contains one binary per system, so it is not bundled. Only the keyring program loads it, and only
  // when a host has a device.
  external: ['@napi-rs/keyring'],
  platform: 'node',
  // The groups of chunks below move modules out of the entries, which export nothing that anybody imports.
  preserveEntrySignatures: false,
  // Speed-ups of ws that need a compiler at install time: it works without, and need not look for them at every start.
  transform: { define: { 'process.env.WS_NO_BUFFER_UTIL': '"1"', 'process.env.WS_NO_UTF_8_VALIDATE': '"1"' } },
  plugins: [loadMostlyUnusedLazily],
};
const bundle = await rolldown({ ...inputOptions, input: { deskclaw: join(import.meta.dirname, 'src/main.ts') } });
const outputOptions = {
  format: 'cjs',
  entryFileNames: '[name].cjs',
  chunkFileNames: 'chunks/[name]-[hash].cjs',
  minify: true,
  banner: (chunk) => (chunk.isEntry ? '#!/usr/bin/env node' : ''),
};

/** The module ids of a chunk and of every chunk that it reads when it is read. */
function idsReadWith(output, chunk, seen = new Set()) {
  if (chunk === undefined || seen.has(chunk)) return [];
  seen.add(chunk);
  const imported = chunk.imports.map((file) => output.find(({ fileName }) => fileName === file));
  return [...chunk.moduleIds, ...imported.flatMap((each) => idsReadWith(output, each, seen))];
}

/**
 * What most commands read together, as one chunk each: Node takes about 0.3 ms to find, read and compile a file. The
 * bundler would split these into twenty, as other commands share some of their modules. `find-host` also has what a status with
 * and one without a host share, so that neither reads the other's chunk.
 */
const together = {
  'find-host': ['src/host/find-host.ts', 'src/output/documents.ts', 'src/output/format.ts'],
  'status-without-host': ['src/host/status-without-host.ts'],
  'host-client': ['src/host/host-connection.ts'],
  'status-screen': ['src/commands/status.ts', 'src/output/status-screen.ts'],
};
async function groupsOf() {
  const { output } = await bundle.generate(outputOptions);
  const holding = (path) => output.find(({ moduleIds = [] }) => moduleIds.includes(join(import.meta.dirname, path)));
  const taken = new Set(idsReadWith(output, holding('src/main.ts')));
  const idsOf = (paths) => new Set(paths.flatMap((path) => idsReadWith(output, holding(path))));
  const withHost = idsOf([...together['host-client'], ...together['status-screen']]);
  const shared = withHost.intersection(idsOf(together['status-without-host']));
  return Object.entries(together).map(([name, paths]) => {
    const wanted = name === 'find-host' ? idsOf(paths).union(shared) : idsOf(paths);
    const ids = wanted.difference(taken);
    for (const id of ids) taken.add(id);
    return { name, test: (id) => ids.has(id) };
  });
}
const groups = await groupsOf();
const program = await bundle.generate({
  ...outputOptions,
  codeSplitting: { includeDependenciesRecursively: false, groups },
});
await bundle.close();

/** The keyring program is a bundle of its own: a chunk shared with `deskclaw.cjs` could load, and so run, the command line. */
const keyringBundle = await rolldown({
  ...inputOptions,
  input: {
    'deskclaw-keyring': join(
      dirname(fileURLToPath(import.meta.resolve('@deskclaw/host'))),
      'keyring/keyring-program.js',
    ),
  },
});
const keyring = await keyringBundle.generate(outputOptions);
await keyringBundle.close();
const output = [...program.output, ...keyring.output];

// Chunks are written before the entry: a program that runs during the build finds every chunk its entry names.
const chunks = join(dist, 'chunks');
await mkdir(chunks, { recursive: true });
const stale = new Set((await readdir(chunks)).map((name) => `chunks/${name}`));
for (const file of output.toSorted((a, b) => Number(a.isEntry) - Number(b.isEntry))) {
  const path = join(dist, file.fileName);
  await writeFile(`${path}.new`, file.code, { mode: file.isEntry ? 0o755 : 0o644 });
  await rename(`${path}.new`, path);
  stale.delete(file.fileName);
}
await Promise.all([...stale].map((name) => rm(join(dist, name), { force: true })));

// The manual page is made of the same definitions as the help.
const man = join(dist, 'man');
await mkdir(man, { recursive: true });
const page = execFileSync(process.execPath, [join(dist, 'deskclaw.cjs'), '__man'], { encoding: 'utf8' });
await writeFile(join(man, 'deskclaw.1'), page);

const site = dirname(fileURLToPath(import.meta.resolve('@deskclaw/ui/site/index.html')));
await rm(join(dist, 'dashboard'), { recursive: true, force: true });
await cp(join(site, 'index.html'), join(dist, 'dashboard', 'index.html'));
await cp(join(site, 'assets'), join(dist, 'dashboard', 'assets'), { recursive: true });

const ownNotices = thirdPartyNotices(output.flatMap(({ moduleIds = [] }) => moduleIds));
const dashboardNotices = await readFile(join(site, 'third-party-notices.md'), 'utf8');
await writeFile(join(dist, 'THIRD-PARTY-NOTICES.txt'), `${ownNotices}\n${'-'.repeat(80)}\n\n${dashboardNotices}`);
