import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** This program: what a background host is started with. A link in a bin folder is followed to the package it is part of. */
export function programFile(): string {
  return realpathSync(process.argv[1] ?? '');
}

/**
 * The built-in gateway's program: the installed package beside us (in a checkout, the workspace's).
 * It is found when a host starts, not bundled: one gateway, the same whether we or a person starts it.
 */
export function builtinGatewayFile(): string {
  const require = createRequire(programFile());
  return join(dirname(require.resolve('@deskclaw/gateway')), 'deskclaw-gateway.js');
}

/** The program that asks the system's keyring, built beside us. */
export function keyringCommand(): readonly [string, string] {
  return [process.execPath, join(dirname(programFile()), 'deskclaw-keyring.cjs')];
}

/** The built dashboard, copied beside us when we are built. */
export function dashboardFolder(): string {
  return join(dirname(programFile()), 'dashboard');
}
