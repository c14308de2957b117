import { homedir } from 'node:os';
import { join } from 'node:path';
import type { StartRequest } from '@deskclaw/protocol';
import type { Prepared } from '../manager/gateway-target.ts';
import { spawnedNodeVersion } from '../openclaw/node-version.ts';
import { prepareOpenClaw } from '../openclaw/prepare.ts';
import type { Clock } from '../ports/clock.ts';
import { nodeFiles } from '../ports/node/node-files.ts';
import { nodeSpawner } from '../ports/node/node-spawner.ts';
import { nodeProcessTable } from '../ports/node/process-table.ts';
import type { Settings } from '../profile/config.ts';
import type { Environment, Paths } from '../profile/paths.ts';
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
}

/** Looks at this machine and decides what one start runs. @throws GatewayError `config.invalid` for a token file that cannot be read. */
export async function machineLaunch(input: MachineLaunch): Promise<Prepared> {
  const { request, settings, paths, env, builtin, clock, learnSecret } = input;
  const named = tokenFromEnvironment(env);
  if (named !== undefined) learnSecret(named.value);
  return planLaunch(request, settings, {
    token: named,
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
    prepareOpenClaw: (port) =>
      prepareOpenClaw(
        {
          env,
          home: env['HOME'] ?? homedir(),
          platform: process.platform,
          // Electron's own binary is no Node to run a gateway with.
          ...('electron' in process.versions
            ? {}
            : { self: { file: process.execPath, version: process.versions.node } }),
          ...(port === undefined ? {} : { port }),
          ...(env['DESKCLAW_OPENCLAW'] === undefined ? {} : { openclaw: env['DESKCLAW_OPENCLAW'] }),
          ...(named === undefined ? {} : { secret: named }),
        },
        {
          files: nodeFiles,
          nodeVersion: spawnedNodeVersion(environmentOf(env), {
            spawner: nodeSpawner,
            processes: nodeProcessTable,
            clock,
          }),
          ownToken: () => {
            const secret = ownToken(paths.token);
            learnSecret(secret.value);
            return secret;
          },
          now: () => clock.wallTime(),
        },
      ),
  });
}

/** What a version manager's shim needs to find its Node. */
function environmentOf(env: Environment): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
