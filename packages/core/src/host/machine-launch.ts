import { join } from 'node:path';
import type { OpenClawProgram, StartRequest } from '@deskclaw/protocol';
import type { DeviceAuth } from '../connection/device-auth.ts';
import { installPorts, thisMachine } from '../install/node-ports.ts';
import { selectVersion } from '../install/select-version.ts';
import type { TargetResult } from '../manager/gateway-target.ts';
import { prepareOpenClaw } from '../openclaw/prepare.ts';
import type { Clock } from '../ports/clock.ts';
import { nodeFiles } from '../ports/node/node-files.ts';
import type { Environment } from '../process/environment.ts';
import type { Settings } from '../profile/config.ts';
import type { Paths } from '../profile/paths.ts';
import { ownToken, tokenFromEnvironment } from '../profile/secrets.ts';
import { aroundOpenClaw } from './around-openclaw.ts';
import { planLaunch } from './launch.ts';

export interface BuiltinProgram {
  /** The program's file, run by Node. */
  readonly file: string;
  /** Default: the Node that runs us. */
  readonly node?: string;
}

export interface MachineLaunch {
  readonly request: StartRequest;
  readonly settings: Settings;
  readonly paths: Paths;
  readonly env: Environment;
  readonly builtin: BuiltinProgram;
  readonly clock: Clock;
  readonly learnSecret: (secret: string) => void;
  /** For the log. */
  readonly tell: (text: string) => void;
  /** Hears which OpenClaw was found; `undefined`: the start runs something else, or nothing. */
  readonly onOpenClaw: (program: OpenClawProgram | undefined) => void;
  readonly device: DeviceAuth;
}

/** Looks at this machine and decides what one start runs. @throws GatewayError `config.invalid` for a token file that cannot be read. */
export async function machineLaunch(input: MachineLaunch): Promise<TargetResult> {
  const { request, settings, paths, env, builtin, clock, learnSecret, onOpenClaw, device } = input;
  onOpenClaw(undefined);
  const named = tokenFromEnvironment(env);
  if (named !== undefined) learnSecret(named.value);
  return planLaunch(request, settings, {
    token: named,
    device,
    builtin: {
      command: [builtin.node ?? process.execPath, builtin.file],
      dataFolder: join(paths.state, 'builtin-gateway'),
      token: () => {
        const secret = ownToken(paths.token);
        learnSecret(secret.value);
        return { file: paths.token, secret };
      },
    },
    aroundOpenClaw: (plan) => aroundOpenClaw(plan, input),
    prepareOpenClaw: async (port) => {
      const machine = thisMachine(env);
      const which = await selectVersion(settings.openclaw, paths.data, machine);
      if (!which.ok) return which;
      const prepared = await prepareOpenClaw(
        {
          ...machine,
          ...which.input,
          ...(port === undefined ? {} : { port }),
          ...(named === undefined ? {} : { secret: named }),
        },
        {
          files: nodeFiles,
          nodeVersion: installPorts(env).nodeVersion,
          ownToken: () => {
            const secret = ownToken(paths.token);
            learnSecret(secret.value);
            return secret;
          },
          now: () => clock.wallTime(),
        },
      );
      if (prepared.ok) {
        const { version, packageRoot, node } = prepared.plan;
        onOpenClaw({ version, path: packageRoot, node });
      }
      return prepared;
    },
  });
}
