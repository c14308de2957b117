import { valid } from 'semver';
import type { Clock } from '../ports/clock.ts';
import type { ChildProcess, ProcessTable, Spawner } from '../ports/spawner.ts';

/** The version a Node says it has, without the `v`; `undefined`: it did not run, or is no Node. */
export type ReadNodeVersion = (file: string) => Promise<string | undefined>;

export interface NodeVersionPorts {
  readonly spawner: Spawner;
  readonly processes: ProcessTable;
  readonly clock: Clock;
}

/** A cold `node --version` from a slow disk takes well under a second; a version manager's shim may need a few. */
const DEADLINE_MS = 5_000;
const MAX_OUTPUT = 256;

function ask(
  file: string,
  env: Readonly<Record<string, string>>,
  ports: NodeVersionPorts,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    let output = '';
    // The pipes may end before the process is seen to have ended, or after.
    let exit: { readonly code: number | null } | undefined;
    let drained = false;
    let child: ChildProcess | undefined;
    const cancel = ports.clock.schedule(DEADLINE_MS, () => {
      const leader = child?.pid === undefined ? undefined : ports.processes.find(child.pid);
      if (leader !== undefined) ports.processes.killGroup(leader);
      child?.abandonOutput();
      finish(undefined);
    });
    child = ports.spawner.spawn(
      { file, args: ['--version'], env, lifeline: false },
      {
        spawned: () => undefined,
        failed: () => finish(undefined),
        output: (stream, chunk) => {
          if (stream === 'stdout' && output.length < MAX_OUTPUT) output += new TextDecoder().decode(chunk);
        },
        exited: (code) => {
          exit = { code };
          conclude();
        },
        drained: () => {
          drained = true;
          conclude();
        },
      },
    );
    function conclude(): void {
      if (exit !== undefined && drained) finish(exit.code === 0 ? (valid(output.trim()) ?? undefined) : undefined);
    }
    function finish(version: string | undefined): void {
      cancel();
      resolve(version);
    }
  });
}

/**
 * Asks each Node for its version by running it, once per program.
 * @param env what version-manager shims need: at least `PATH` and `HOME`.
 */
export function spawnedNodeVersion(env: Readonly<Record<string, string>>, ports: NodeVersionPorts): ReadNodeVersion {
  const known = new Map<string, Promise<string | undefined>>();
  return (file) => {
    const asked = known.get(file) ?? ask(file, env, ports);
    known.set(file, asked);
    return asked;
  };
}
