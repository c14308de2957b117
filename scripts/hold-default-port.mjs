// @ts-check
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './setup/workspace.mjs';

/** The port that a gateway listens on unless a setting names another. */
const DEFAULT_PORT = 18_789;

/**
 * Holds the default port for the whole run, with a gateway that asks for a token the tests do not have: what a developer
 * has who runs OpenClaw. A test that relies on a free default port therefore fails on every machine.
 * @returns {Promise<(() => Promise<void>) | undefined>} frees the port
 */
export default async function holdDefaultPort() {
  const entry = join(root, 'packages', 'gateway', 'dist', 'index.js');
  if (!existsSync(entry)) {
    console.log(`Nothing holds port ${DEFAULT_PORT} during this run: the built-in gateway is not built yet.`);
    return undefined;
  }
  /** @type {typeof import('../packages/gateway/dist/index.js')} */
  const { startGateway } = await import(pathToFileURL(entry).href);
  try {
    const gateway = await startGateway({ port: DEFAULT_PORT, dialect: 'both', token: 'not-known-to-any-test' });
    return () => gateway.close();
  } catch (error) {
    if (!(error instanceof Error && error.message.includes('EADDRINUSE'))) throw error;
    console.log(`Another program holds port ${DEFAULT_PORT} during this run; the tests run beside it.`);
    return undefined;
  }
}
