import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, type Environment, nodeProcessTable } from '@deskclaw/core';
import { childEnvironment, nodeFiles, nodeSpawner, nodeTcpPorts, recordFile } from '@deskclaw/core/internal';
import {
  findMigration,
  findStateHolder,
  managedElsewhere,
  type OpenClawHooks,
  type OpenClawPlan,
  RestartHandoff,
  repairConfig,
  stateLockedProblem,
} from '@deskclaw/openclaw';
import { keepLink } from '../profile/keep-link.ts';
import type { Paths } from '../profile/paths.ts';

export interface OpenClawHookDeps {
  readonly env: Environment;
  readonly paths: Paths;
  readonly clock: Clock;
  /** Writes to the log; a repair of the user's configuration is logged when it happens. */
  readonly log: (text: string) => void;
  /** Called when OpenClaw's own repair of its configuration has ended. */
  readonly onRepair: (outcome: 'repaired' | 'failed', cause: string) => void;
}

/**
 * OpenClaw finds its temporary folder as Node does, by its variables. One that was started elsewhere (by a
 * service manager, over ssh) has other variables, mostly none.
 */
function temporaryFolders(env: Environment): readonly string[] {
  const ours = env['TMPDIR'] ?? env['TMP'] ?? env['TEMP'] ?? tmpdir();
  return process.platform === 'win32' || ours === '/tmp' ? [ours] : [ours, '/tmp'];
}

/** Windows has no user numbers. `os.userInfo` fails for a number without a name, as containers give them. */
function userId(): { readonly uid?: number } {
  const uid = process.getuid?.();
  return uid === undefined ? {} : { uid };
}

/** Returns the hooks of one OpenClaw: they find another holder of its state and repair its configuration, looking at the machine each time. */
export function openClawHooks(
  plan: OpenClawPlan,
  { env, paths, clock, log: tell, onRepair }: OpenClawHookDeps,
): OpenClawHooks {
  const { stateDir, configPath } = plan;
  const { platform } = process;
  const programEnv = childEnvironment({ host: env, platform, overrides: plan.env });
  const programs = { spawner: nodeSpawner, processes: nodeProcessTable, clock };
  const handoff = new RestartHandoff(plan, programEnv, programs);
  return {
    claimRestart: (pid, signal) => handoff.claim(pid, signal),
    findCriticalWork: ({ pid }, signal) => findMigration(plan, { pid, platform, env: programEnv }, programs, signal),
    async findStateDirOwner() {
      const ports = { files: nodeFiles, processes: nodeProcessTable, tcpPorts: nodeTcpPorts };
      const lookups = temporaryFolders(env).map((temporary) =>
        findStateHolder({ stateDir, configPath, platform, temporary, ...userId() }, ports),
      );
      const holder = (await Promise.all(lookups)).find((found) => found !== undefined);
      if (holder === undefined) {
        const input = { stateDir, platform, home: homedir(), at: clock.wallTime() };
        const problem = await managedElsewhere(plan, programEnv, input, { ...programs, files: nodeFiles });
        return problem === undefined ? undefined : { problem };
      }
      const problem = stateLockedProblem(holder, stateDir, clock.wallTime());
      // A tool of OpenClaw's holds it for a while; it is nothing to attach to.
      return holder.role === 'gateway' && holder.port !== undefined ? { port: holder.port, problem } : { problem };
    },
    async repair(_exit, signal) {
      tell(`OpenClaw refuses ${configPath}: its own repair is run once.`);
      const restoreLink = keepLink(configPath);
      const result = await repairConfig(
        plan,
        programEnv,
        {
          ...programs,
          files: nodeFiles,
          backup: (name) => {
            const path = join(paths.state, 'backups', name);
            return { path, store: recordFile(path) };
          },
        },
        signal,
      );
      try {
        const target = restoreLink();
        if (target !== undefined)
          tell(`The repaired configuration was written to ${target}; ${configPath} is a link to it again.`);
      } catch (error) {
        tell(`${configPath} is no link any more: ${error instanceof Error ? error.message : String(error)}`);
      }
      const message = result.kind === 'repaired' ? result.did : `${result.problem.title}: ${result.problem.detail}`;
      tell(message);
      onRepair(result.kind === 'repaired' ? 'repaired' : 'failed', message);
      return result;
    },
  };
}
