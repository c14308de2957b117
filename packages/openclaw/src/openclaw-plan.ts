import type { ExitJudge } from '@deskclaw/core/internal';
import type { Config, ConfigRead } from './config-file.ts';
import type { ConfigLocation } from './config-location.ts';
import { gatewayEnvironment, namedVariables } from './environment.ts';
import { judgeExit } from './exits.ts';
import type { GatewayAuth } from './gateway-auth.ts';
import { certificatePath } from './gateway-certificate.ts';
import type { GatewayPort } from './gateway-port.ts';
import type { OpenClawPackage } from './package.ts';
import type { NodeRuntime } from './runtimes.ts';
import type { SystemInfo } from './system-info.ts';

/** How to start one OpenClaw gateway as our child, and how to talk to it. */
export interface OpenClawPlan {
  readonly dialect: 'openclaw';
  /** Program and arguments; `{port}` is to be filled in with `port`, or with a free one. */
  readonly command: readonly [string, ...string[]];
  /** To be laid over the environment every child gets. Holds the token: never to be logged. */
  readonly env: Readonly<Record<string, string>>;
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly portSource: string;
  readonly path: '/';
  /** Proves that it lives: 200 while it starts and drains, too. */
  readonly healthPath: '/healthz';
  /** Started, and ready with its channels: 2026.5.28 offers the second, 2026.2.3-1 neither. */
  readonly probePaths: { readonly startup: '/startupz'; readonly readiness: '/readyz' };
  /** Moved out while the gateway says that it is still starting. */
  readonly startTimeoutMs: number;
  /** How long aborting active runs may take before SIGTERM, ms. */
  readonly drainMs: number;
  /** From SIGTERM to the end of the whole group. */
  readonly graceMs: number;
  readonly judgeExit: ExitJudge;
  readonly auth: GatewayAuth;
  readonly version: string;
  readonly packageRoot: string;
  readonly node: NodeRuntime;
  readonly stateDir: string;
  readonly configPath: string;
  /** File of the certificate that the gateway shows; `undefined` without `gateway.tls.enabled`. */
  readonly certificatePath: string | undefined;
  /** Whether a configuration file exists; without one OpenClaw runs on its defaults. */
  readonly configured: boolean;
}

/** The slowest first start measured took 37 s on a loaded machine; a first boot that migrates a database may take minutes and shows progress. */
const START_TIMEOUT_MS = 180_000;

/** Two calls, each answered in some ms where nothing is wrong; a run that will not end by then ends with the gateway. */
const DRAIN_MS = 3_000;

/** An idle gateway ends in 0.1 to 0.5 s, one whose runs were aborted in 0.7 s; one stuck in a model call would take 315 s. */
const GRACE_MS = 10_000;

export interface OpenClawPlanInput {
  readonly package: OpenClawPackage;
  readonly node: NodeRuntime;
  readonly location: ConfigLocation;
  readonly read: Exclude<ConfigRead, { kind: 'faulty' }>;
  readonly port: GatewayPort;
  readonly auth: GatewayAuth;
  /** Set if one of our settings names the state folder, which the child must use too. */
  readonly stateDirNamed: boolean;
  /** Whether the gateway starts without its channels, as a step of recovery does. */
  readonly skipChannels: boolean;
}

function secretVariables(auth: GatewayAuth): Readonly<Record<string, string>> {
  switch (auth.kind) {
    case 'token':
      return { OPENCLAW_GATEWAY_TOKEN: auth.token };
    case 'password':
      return { OPENCLAW_GATEWAY_PASSWORD: auth.password };
    case 'none':
      return {};
    default:
      return auth satisfies never;
  }
}

/** Puts the parts together; nothing is read or started. */
export function buildOpenClawPlan(input: OpenClawPlanInput, system: SystemInfo): OpenClawPlan {
  const { package: openclaw, node, location, read, port, auth } = input;
  const config: Config | undefined = read.kind === 'read' ? read.config : undefined;
  return {
    dialect: 'openclaw',
    command: [
      node.file,
      openclaw.entry,
      // Without "run": 2026.2.3-1 ignores --allow-unconfigured after it; all three take the short form.
      'gateway',
      '--port',
      '{port}',
      // In a container 2026.5.28 and 2026.9.6 bind to every address and then refuse to start.
      '--bind',
      'loopback',
      ...(config === undefined ? ['--allow-unconfigured'] : []),
    ],
    env: gatewayEnvironment(system.env, namedVariables(config), {
      ...secretVariables(auth),
      ...(input.stateDirNamed ? { OPENCLAW_STATE_DIR: location.stateDir } : {}),
      ...(input.skipChannels ? { OPENCLAW_SKIP_CHANNELS: '1' } : {}),
    }),
    host: '127.0.0.1',
    port: port.port,
    portSource: port.source,
    path: '/',
    healthPath: '/healthz',
    probePaths: { startup: '/startupz', readiness: '/readyz' },
    startTimeoutMs: START_TIMEOUT_MS,
    drainMs: DRAIN_MS,
    graceMs: GRACE_MS,
    judgeExit,
    auth,
    version: openclaw.version,
    packageRoot: openclaw.root,
    node,
    stateDir: location.stateDir,
    configPath: location.configPath,
    certificatePath: certificatePath(config, location, system),
    configured: config !== undefined,
  };
}
