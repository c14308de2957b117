import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { PublishedFiles } from './local-registry.ts';

const builtinGateway = join(
  dirname(createRequire(import.meta.filename).resolve('@deskclaw/gateway')),
  'deskclaw-gateway.js',
);

export interface Posing {
  /** `engines.node`; default any. */
  readonly node?: string;
  /** Runs before the gateway does; it may end the process. */
  readonly beforeGateway?: string;
  /** Runs before the version is told. */
  readonly beforeVersion?: string;
  readonly versionInside?: string;
}

/** OpenClaw's command line as far as we use it, over our own gateway in OpenClaw's dialect. */
function entry(version: string, posing: Posing): string {
  return `import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
const args = process.argv.slice(2);
const valueOf = (name) => args[args.indexOf(name) + 1];
if (args[0] === '--version') {
  ${posing.beforeVersion ?? ''}
  console.log('OpenClaw ${version} (posing)');
} else {
  const state = process.env.OPENCLAW_STATE_DIR ?? join(homedir(), '.openclaw');
  mkdirSync(state, { recursive: true });
  appendFileSync(join(state, 'opened-by'), '${version}\\n');
  ${posing.beforeGateway ?? ''}
  const token = join(state, 'token-for-builtin');
  writeFileSync(token, process.env.OPENCLAW_GATEWAY_TOKEN ?? '', { mode: 0o600 });
  process.argv.splice(2, process.argv.length, '--port', valueOf('--port'), '--dialect', 'openclaw', '--token-file', token);
  await import(${JSON.stringify(builtinGateway)});
}
`;
}

/** A package named openclaw that starts, listens, and writes its version into its state. */
export function posingOpenClaw(version: string, posing: Posing = {}): PublishedFiles {
  return {
    name: 'openclaw',
    version,
    ...(posing.versionInside === undefined ? {} : { versionInside: posing.versionInside }),
    manifest: { bin: { openclaw: 'openclaw.mjs' }, engines: { node: posing.node ?? '*' } },
    files: { 'openclaw.mjs': entry(version, posing) },
  };
}

/** A Node of a version that does not exist, so that no real one fits in its place: the Node we run on, saying another version. */
export function posingNode(version: string): PublishedFiles {
  const script = `#!/bin/sh\nif [ "$1" = --version ]; then echo v${version}; else exec ${process.execPath} "$@"; fi\n`;
  return { name: `node-${process.platform}-${process.arch}`, version, files: { 'bin/node': script } };
}
