import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Returns the file of this program, which starts a background host. Links in a bin folder are followed to the package. */
export function programFile(): string {
  return realpathSync(process.argv[1] ?? '');
}

/**
 * Returns the program of the built-in gateway: the installed package beside this one (in a checkout, the one of the
 * workspace). It is resolved when a host starts, not bundled, so that host and user start the same gateway.
 */
export function builtinGatewayFile(): string {
  const require = createRequire(programFile());
  return join(dirname(require.resolve('@deskclaw/gateway')), 'deskclaw-gateway.js');
}

/** Returns the command of the keyring program, which is built beside this one. */
export function keyringCommand(): readonly [string, string] {
  return [process.execPath, join(dirname(programFile()), 'deskclaw-keyring.cjs')];
}

/** Returns the folder of the dashboard, which the build copies beside this program. */
export function dashboardFolder(): string {
  return join(dirname(programFile()), 'dashboard');
}
