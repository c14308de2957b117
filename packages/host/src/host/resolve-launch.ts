import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Clock, DeviceAuth, Environment, TargetResult } from '@deskclaw/core';
import { type ConnectionAuth, nodeFiles, secretsOfEnvironment } from '@deskclaw/core/internal';
import { type OpenClawPlan, prepareOpenClaw } from '@deskclaw/openclaw';
import { describeProblem, type Problem, type StartRequest } from '@deskclaw/protocol';
import { installPorts, thisMachine } from '../install/node-ports.ts';
import { selectVersion } from '../install/select-version.ts';
import type { Settings } from '../profile/config.ts';
import { readGateway } from '../profile/orphan.ts';
import type { Paths } from '../profile/paths.ts';
import { loadOrCreateToken, tokenFromEnvironment } from '../profile/secrets.ts';
import { buildLaunch } from './launch-target.ts';
import { openClawHooks } from './openclaw-hooks.ts';

export interface BuiltinProgram {
  /** The program's file, run by Node. */
  readonly file: string;
  /** Default: the Node that runs us. */
  readonly node?: string;
}

export interface LaunchInput {
  readonly request: StartRequest;
  readonly settings: Settings;
  readonly paths: Paths;
  readonly env: Environment;
  readonly builtin: BuiltinProgram;
  /** Version of DeskClaw, and so of the built-in gateway. */
  readonly version: string;
  readonly clock: Clock;
  readonly learnSecret: (secret: string) => void;
  /** For the log. */
  readonly log: (text: string) => void;
  /** Called when OpenClaw's own repair of its configuration has ended. */
  readonly onRepair: (outcome: 'repaired' | 'failed', cause: string) => void;
  /** Called with the plan of the OpenClaw that was found, or `undefined` if the start runs something else or nothing. */
  readonly onOpenClaw: (plan: OpenClawPlan | undefined) => void;
  /** Whether an OpenClaw is started without its channels. */
  readonly skipChannels: boolean;
  /** Called if the start uses the token that DeskClaw made. */
  readonly onOwnToken: () => void;
  readonly device: DeviceAuth;
}

/**
 * Resolves the command, port and credentials of one start on this machine. @throws GatewayError `config.invalid` for an
 * unreadable token file.
 */
export async function resolveLaunch(input: LaunchInput): Promise<TargetResult> {
  const { request, settings, paths, env, builtin, clock, learnSecret, onOpenClaw, onOwnToken, device } = input;
  onOpenClaw(undefined);
  const ownToken = () => {
    const secret = loadOrCreateToken(paths.token);
    learnSecret(secret.value);
    onOwnToken();
    return secret;
  };
  const named = tokenFromEnvironment(env);
  if (named !== undefined) learnSecret(named.value);
  const launch = await buildLaunch(request, settings, {
    token: named,
    device,
    builtin: {
      command: [builtin.node ?? process.execPath, builtin.file],
      version: input.version,
      dataFolder: join(paths.state, 'builtin-gateway'),
      token: () => ({ file: paths.token, secret: ownToken() }),
    },
    openClawHooks: (plan) => openClawHooks(plan, input),
    prepareOpenClaw: async (port) => {
      const machine = thisMachine(env);
      const selection = await selectVersion(settings.openclaw, paths.data, machine);
      if (!selection.ok) return selection;
      const prepared = await prepareOpenClaw(
        {
          ...machine,
          ...selection.input,
          ...(port === undefined ? {} : { port }),
          skipChannels: input.skipChannels,
          ...(named === undefined ? {} : { secret: named }),
        },
        {
          files: nodeFiles,
          nodeVersion: installPorts(env).nodeVersion,
          ownToken,
          now: () => clock.wallTime(),
        },
      );
      if (prepared.ok) onOpenClaw(prepared.plan);
      return prepared;
    },
  });
  if (!launch.ok) return launch;
  const taken = findProfileOnPort(launch.target.port, settings, input);
  if (taken !== undefined) return { ok: false, problem: taken };
  const { auth, env: variables } = launch.target;
  for (const secret of secretsOfEnvironment(variables)) learnSecret(secret);
  return auth === undefined ? launch : { ...launch, target: { ...launch.target, auth: learning(auth, learnSecret) } };
}

/** A port that the gateway of another profile of this user holds is not for this one: it is neither started nor attached to. */
function findProfileOnPort(
  port: number | undefined,
  { mode, url, host = '127.0.0.1' }: Settings,
  { paths, clock }: LaunchInput,
): Problem | undefined {
  if (port === undefined || port === 0 || mode === 'attach' || url !== undefined) return undefined;
  const profiles = dirname(paths.state);
  for (const name of existsSync(profiles) ? readdirSync(profiles) : []) {
    if (name === paths.profile) continue;
    const gateway = readGateway(join(profiles, name, basename(paths.ownership)));
    if (gateway?.port !== port) continue;
    const owner = { pid: gateway.pid, name: `the gateway of your profile "${name}"` };
    return describeProblem('port.in-use', { host, port, owner }, clock.wallTime());
  }
  return undefined;
}

function learningSource(
  source: ConnectionAuth['token'],
  learnSecret: (secret: string) => void,
): ConnectionAuth['token'] {
  if (typeof source === 'string') learnSecret(source);
  if (typeof source !== 'function') return source;
  return async () => {
    const secret = await source();
    if (secret !== undefined) learnSecret(secret);
    return secret;
  };
}

/** Returns the credentials, each learned before it is used. */
function learning(auth: ConnectionAuth, learnSecret: (secret: string) => void): ConnectionAuth {
  const token = learningSource(auth.token, learnSecret);
  const password = learningSource(auth.password, learnSecret);
  return {
    ...auth,
    ...(token === undefined ? {} : { token }),
    ...(password === undefined ? {} : { password }),
  };
}
