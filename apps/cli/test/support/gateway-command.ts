import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The program of the built-in gateway, beside which its packages are found. */
export const gatewayFile = join(
  dirname(createRequire(import.meta.filename).resolve('@deskclaw/gateway')),
  'deskclaw-gateway.js',
);

/** For `--command`: the real gateway, misbehaving as told. */
export function gatewayCommand(...faults: readonly string[]): string {
  const words = [process.execPath, gatewayFile, '--port', '{port}'];
  const flags = faults.length === 0 ? [] : ['--allow-faults', ...faults.flatMap((fault) => ['--fault', fault])];
  return [...words, ...flags].map((word) => `'${word}'`).join(' ');
}
