import type { Files } from '@deskclaw/core/internal';
import { describeProblem, type Problem } from '@deskclaw/protocol';
import { type Config, readConfig, section } from './config-file.ts';
import { locateConfig, profileName } from './config-location.ts';
import { discoverOpenClaw, notInstalled } from './discovery.ts';
import { type NamedSecret, resolveAuth } from './gateway-auth.ts';
import { resolvePort } from './gateway-port.ts';
import { buildOpenClawPlan, type OpenClawPlan } from './openclaw-plan.ts';
import type { ReadNodeVersion } from './runtimes.ts';
import { chooseRuntime, type NodeRuntime, runtimeProblem } from './runtimes.ts';
import { pathRules, type SystemInfo } from './system-info.ts';
import { gatewayVariables } from './variables.ts';

export interface PrepareInput extends SystemInfo {
  /** Where OpenClaw is: a command, its entry file, or a folder that holds the package. Default: it is searched for. */
  readonly openclaw?: string;
  /** The only Node to consider. Default: one that fits is searched for. */
  readonly node?: string;
  /** Nodes kept by us, for when none of the user's fits. */
  readonly installedNodes?: readonly string[];
  /** Ourselves, when we run on a Node of its own and not inside Electron. */
  readonly self?: NodeRuntime;
  /** Wins over OpenClaw's own settings; 0 is passed through for "a free one". */
  readonly port?: number;
  /** Wins over `OPENCLAW_STATE_DIR`. */
  readonly stateDir?: string;
  /** A token or password that the user named; wins over OpenClaw's configuration. */
  readonly secret?: NamedSecret;
  /** Whether the gateway starts without its channels, as a step of recovery does. */
  readonly skipChannels?: boolean;
}

export interface PreparePorts {
  readonly files: Files;
  readonly nodeVersion: ReadNodeVersion;
  /** A token of our own for a gateway that has none: made once, kept privately. Called only when it is needed. */
  readonly ownToken: () => NamedSecret;
  /** Epoch ms. */
  readonly now: () => number;
}

export type PreparedOpenClaw =
  | { readonly ok: true; readonly plan: OpenClawPlan }
  | { readonly ok: false; readonly problem: Problem };

/** OpenClaw would reject these too, but only after seconds and with a misleading message. */
function configFault(config: Config | undefined): string | undefined {
  if (config === undefined) return undefined;
  const mode = section(config, 'gateway')?.['mode'];
  if (mode === 'local') return undefined;
  return mode === 'remote'
    ? 'gateway.mode is "remote": it names a gateway on another machine, so none is started here (attach to its URL, or set it to "local")'
    : 'gateway.mode is not "local", so OpenClaw refuses to start (run: openclaw config set gateway.mode local)';
}

/**
 * Everything that must be known before an OpenClaw gateway is started, found out without starting it:
 * where it is, which Node it runs on, what its configuration says, and how to log in.
 */
export async function prepareOpenClaw(input: PrepareInput, ports: PreparePorts): Promise<PreparedOpenClaw> {
  const { files, nodeVersion, ownToken, now } = ports;
  const refuse = (problem: Problem): PreparedOpenClaw => ({ ok: false, problem });

  const discovery = await discoverOpenClaw(input.openclaw, input, files);
  if (discovery.kind === 'not-found') return refuse(notInstalled(discovery.searched, now()));

  const needed = discovery.package.neededNode;
  const { node: named, self, installedNodes: installed } = input;
  const runtimeOptions = {
    needed,
    beside: discovery.by,
    ...(named && { named }),
    ...(self && { self }),
    ...(installed && { installed }),
  };
  const choice = await chooseRuntime(runtimeOptions, input, { files, nodeVersion });
  const { version, root: path } = discovery.package;
  if (choice.kind !== 'chosen') return refuse(runtimeProblem(choice, needed, now(), { version, path }));

  const location = await locateConfig(input.stateDir, input, files);
  const read = await readConfig(location.configPath, files, pathRules(input.platform));
  if (read.kind === 'faulty') {
    return refuse(describeProblem('config.invalid', { source: read.path, fault: read.fault }, now()));
  }
  const config = read.kind === 'read' ? read.config : undefined;
  const fault = configFault(config);
  if (fault !== undefined) {
    return refuse(describeProblem('config.invalid', { source: location.configPath, fault }, now()));
  }

  const lookup = await gatewayVariables(location.stateDir, read, location.configPath, input, files);
  const auth = resolveAuth({
    config,
    configPath: location.configPath,
    lookup,
    createToken: ownToken,
    at: now(),
    ...(input.secret && { userSecret: input.secret }),
  });
  if (!auth.ok) return refuse(auth.problem);

  const plan = buildOpenClawPlan(
    {
      package: discovery.package,
      node: choice.runtime,
      location,
      read,
      port: resolvePort(input.port, config, location.configPath, profileName(input.env), lookup),
      auth: auth.auth,
      stateDirNamed: input.stateDir !== undefined,
      skipChannels: input.skipChannels ?? false,
    },
    input,
  );
  return { ok: true, plan };
}
