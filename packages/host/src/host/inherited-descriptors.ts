import { closeSync, readdirSync, readFileSync } from 'node:fs';

/** O_CLOEXEC of Linux, octal as in /proc/PID/fdinfo. Node and everything it opens has the flag, so what lacks it was inherited. */
const CLOSE_ON_EXEC = 0o2000000;

function isInherited(descriptor: number): boolean {
  try {
    const [, flags] =
      /^flags:\s+([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${String(descriptor)}`, 'utf8')) ?? [];
    return flags !== undefined && (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
  } catch {
    // It was the descriptor of the listing itself.
    return false;
  }
}

/**
 * Closes the descriptors above 2 that the shell of the user left open, such as the lock of a cron script: a host that kept them
 * would hold them for days, and its gateway with it. (Node marks only the first of them.) Linux only.
 * @param keep descriptors to leave open.
 */
export function closeInheritedDescriptors(keep: readonly number[]): void {
  if (process.platform !== 'linux') return;
  const left = new Set([0, 1, 2, ...keep]);
  let listed: readonly string[];
  try {
    listed = readdirSync('/proc/self/fd');
  } catch {
    return;
  }
  for (const descriptor of listed.map(Number)) {
    if (left.has(descriptor) || !isInherited(descriptor)) continue;
    closeSync(descriptor);
  }
}
