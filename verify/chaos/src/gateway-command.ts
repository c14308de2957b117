import { fileURLToPath } from 'node:url';

/** The built-in gateway's program, as built. */
export const gatewayFile = fileURLToPath(
  new URL('../../../packages/gateway/dist/deskclaw-gateway.js', import.meta.url),
);

/** `sh` takes what the next process is to suffer from a file, once, and becomes the gateway: same pid, same group. */
const launcher = 'faults=$(cat "$1" 2>/dev/null); rm -f "$1"; shift; exec "$@" $faults';

/** The built-in gateway, which writes down what it carries out, with the faults that lie in `faultsFile` when it starts. */
export function gatewayCommand(faultsFile: string, recordFile: string): readonly string[] {
  const gateway = [process.execPath, gatewayFile, '--host', '{host}', '--port', '{port}'];
  return ['/bin/sh', '-c', launcher, 'sh', faultsFile, ...gateway, '--allow-faults', '--fault', `record=${recordFile}`];
}

export function faultFlags(faults: readonly string[]): string {
  return faults.map((fault) => `--fault ${fault}`).join(' ');
}
