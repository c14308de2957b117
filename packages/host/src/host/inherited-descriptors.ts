import { closeSync, readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';

/** O_CLOEXEC of Linux, octal as in /proc/PID/fdinfo. Node opens its own descriptors with it. */
const CLOSE_ON_EXEC = 0o2000000;

/** Where a descriptor leads and how it was opened; `undefined` where the process has none, or hides it. */
function openFile(
  process: string,
  descriptor: string,
): { readonly target: string; readonly flags: number } | undefined {
  try {
    const info = readFileSync(`/proc/${process}/fdinfo/${descriptor}`, 'utf8');
    const [, flags] = /^flags:\s+([0-7]+)$/m.exec(info) ?? [];
    if (flags === undefined) return undefined;
    return { target: readlinkSync(`/proc/${process}/fd/${descriptor}`), flags: Number.parseInt(flags, 8) };
  } catch {
    return undefined;
  }
}

/**
 * Returns whether our parent has the same file open under the same number. Being open across exec is not enough: OpenSSL reads
 * certificates in a thread of its own by descriptors that it opens so, and to close one of those ends the process.
 */
function isInherited(descriptor: string, certificates: string | undefined): boolean {
  const ours = openFile('self', descriptor);
  if (ours === undefined || (ours.flags & CLOSE_ON_EXEC) !== 0 || ours.target === certificates) return false;
  const theirs = openFile(String(process.ppid), descriptor);
  return theirs?.target === ours.target && (theirs.flags & ~CLOSE_ON_EXEC) === ours.flags;
}

function certificateFile(): string | undefined {
  const named = process.env['NODE_EXTRA_CA_CERTS'];
  try {
    return named === undefined ? undefined : realpathSync(named);
  } catch {
    return named;
  }
}

/**
 * Closes the descriptors above 2 that the shell of the user left open, such as the lock of a cron script: a host that held them
 * would hold them for days, and its gateway with it. (Node marks only the first of them.) Linux only.
 * @param keep descriptors to leave open.
 */
export function closeInheritedDescriptors(keep: readonly number[]): void {
  if (process.platform !== 'linux') return;
  const certificates = certificateFile();
  const left = new Set(['0', '1', '2', ...keep.map(String)]);
  let listed: readonly string[];
  try {
    listed = readdirSync('/proc/self/fd');
  } catch {
    return;
  }
  for (const descriptor of listed)
    if (!left.has(descriptor) && isInherited(descriptor, certificates)) closeSync(Number(descriptor));
}
