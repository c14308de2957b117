/**
 * For a process that owns a gateway: whoever read our output may leave (the shell that started us, a closed pipe),
 * and that ends nothing.
 */
export function ignoreStdioErrors(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.removeAllListeners('error');
    stream.on('error', () => undefined);
  }
}
