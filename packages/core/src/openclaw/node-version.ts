import { valid } from 'semver';
import { type ProgramPorts, runProgram } from './run-program.ts';

/** The version a Node says it has, without the `v`; `undefined`: it did not run, or is no Node. */
export type ReadNodeVersion = (file: string) => Promise<string | undefined>;

/** A cold `node --version` from a slow disk takes well under a second; a version manager's shim may need a few. */
const limits = { timeoutMs: 5_000, keepChars: 256 };

/**
 * Asks each Node for its version by running it, once per program.
 * @param env what version-manager shims need: at least `PATH` and `HOME`.
 */
export function spawnedNodeVersion(env: Readonly<Record<string, string>>, ports: ProgramPorts): ReadNodeVersion {
  const known = new Map<string, Promise<string | undefined>>();
  const readVersion = async (file: string): Promise<string | undefined> => {
    const run = await runProgram({ file, args: ['--version'], env }, limits, ports);
    return run.kind === 'ended' && run.code === 0 ? (valid(run.stdout.trim()) ?? undefined) : undefined;
  };
  return (file) => {
    const pending = known.get(file) ?? readVersion(file);
    known.set(file, pending);
    return pending;
  };
}
