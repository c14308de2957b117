import { fileURLToPath } from 'node:url';

/** The built-in gateway's program, as built. */
export const gatewayFile = fileURLToPath(
  new URL('../../../packages/gateway/dist/deskclaw-gateway.js', import.meta.url),
);

/** `sh` reads the faults from a file, deletes the file, and becomes the gateway by `exec`: same pid, same group. */
const launcher = 'faults=$(cat "$1" 2>/dev/null); rm -f "$1"; shift; exec "$@" $faults';

/**
 * Command of the built-in gateway, with the faults in `faultsFile` at its start and a record of the requests that it
 * carries out.
 */
export function gatewayCommand(faultsFile: string, recordFile: string): readonly string[] {
  const gateway = [process.execPath, gatewayFile, '--host', '{host}', '--port', '{port}'];
  return ['/bin/sh', '-c', launcher, 'sh', faultsFile, ...gateway, '--allow-faults', '--fault', `record=${recordFile}`];
}

export function faultFlags(faults: readonly string[]): string {
  return faults.map((fault) => `--fault ${fault}`).join(' ');
}
