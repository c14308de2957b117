import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { ProcessRealm } from '../spawner.ts';

/** The inode of the first pid namespace of every Linux kernel (PROC_PID_INIT_INO). */
const FIRST_PID_NAMESPACE = 'pid:[4026531836]';

function readLine(read: () => string): string {
  try {
    return read().trim();
  } catch {
    return '';
  }
}

/**
 * Returns where the pids of this process mean something. In a container the machine id is often that of the image, so the
 * name of the container is part of it there. Elsewhere than on Linux only the machine is known.
 */
export function currentRealm(): ProcessRealm {
  const pidNamespace = readLine(() => readlinkSync('/proc/self/ns/pid'));
  const machineId = readLine(() => readFileSync('/etc/machine-id', 'utf8'));
  const isContainer = pidNamespace !== '' && pidNamespace !== FIRST_PID_NAMESPACE;
  return {
    boot: readLine(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
    pidNamespace,
    machine: machineId === '' || isContainer ? `${machineId}/${hostname()}` : machineId,
  };
}
