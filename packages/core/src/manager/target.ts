import type { LaunchPlan } from '../supervisor/launch-plan.ts';
import type { GatewayTarget } from './gateway-target.ts';
import { type GatewayManagerOptions, managerDefaults } from './options.ts';

/** The default command. */
const defaultCommand = ['openclaw', 'gateway', 'run', '--port', '{port}', '--bind', 'loopback'] as const;

function inheritedNames({ inheritEnv = managerDefaults.inheritEnv }: GatewayManagerOptions) {
  if (inheritEnv === false) return {};
  return { inheritEnv: inheritEnv === true ? ['*'] : inheritEnv };
}

/** Returns the target that plain options describe. */
export function targetFromOptions(options: GatewayManagerOptions): GatewayTarget {
  return {
    mode: options.mode ?? managerDefaults.mode,
    command: options.command ?? defaultCommand,
    env: options.env ?? {},
    ...inheritedNames(options),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    host: options.host ?? managerDefaults.host,
    port: options.port ?? managerDefaults.port,
    ...(options.url === undefined ? {} : { url: options.url }),
    path: options.path ?? managerDefaults.path,
    healthPath: options.healthPath ?? managerDefaults.healthPath,
    dialect: options.dialect ?? managerDefaults.dialect,
    ...(options.ready === undefined ? {} : { ready: options.ready }),
    ...(options.headers === undefined ? {} : { headers: options.headers }),
    ...(options.protocols === undefined ? {} : { protocols: options.protocols }),
    ...(options.auth === undefined ? {} : { auth: options.auth }),
    startTimeoutMs: options.startup?.timeoutMs ?? managerDefaults.startup.timeoutMs,
    drainMs: options.stop?.drainMs ?? managerDefaults.stop.drainMs,
    graceMs: options.stop?.graceMs ?? managerDefaults.stop.graceMs,
    lifeline: options.lifeline ?? false,
    trust: {
      users: (options.trustUsers ?? []).map(String),
      unknown: options.trustUnknownPeers ?? managerDefaults.trustUnknownPeers,
    },
  };
}

/** Returns how the supervisor runs a target, on a port that is known by now. */
export function toLaunchPlan(target: GatewayTarget, port: number, crash: LaunchPlan['crash']): LaunchPlan {
  const { findStateDirOwner: holder } = target;
  return {
    command: target.command,
    env: target.env,
    ...(target.inheritEnv === undefined ? {} : { inherit: target.inheritEnv }),
    ...(target.cwd === undefined ? {} : { cwd: target.cwd }),
    ...(target.defaultCwd === undefined ? {} : { defaultCwd: target.defaultCwd }),
    host: target.host,
    port,
    lifeline: target.lifeline,
    ...(target.trust === undefined ? {} : { trust: target.trust }),
    startup: {
      timeoutMs: target.startTimeoutMs,
      ...(target.startLimitMs === undefined ? {} : { limitMs: target.startLimitMs }),
    },
    stop: { drainMs: target.drainMs, graceMs: target.graceMs },
    ...(crash === undefined ? {} : { crash }),
    ...(target.judgeExit === undefined ? {} : { judgeExit: target.judgeExit }),
    ...(holder === undefined ? {} : { prepare: async () => (await holder())?.problem }),
    ...(target.repair === undefined ? {} : { repair: target.repair }),
    ...(target.claimRestart === undefined ? {} : { claimRestart: target.claimRestart }),
    ...(target.findCriticalWork === undefined ? {} : { findCriticalWork: target.findCriticalWork }),
  };
}

/** Returns `ws://host:port/path` (`wss:` for a gateway with a certificate), with IPv6 hosts in brackets, or the target's own URL. */
export function targetUrl(target: Pick<GatewayTarget, 'host' | 'path' | 'url' | 'certificate'>, port: number): string {
  if (target.url !== undefined) return target.url;
  const host = target.host.includes(':') && !target.host.startsWith('[') ? `[${target.host}]` : target.host;
  return `${target.certificate === undefined ? 'ws' : 'wss'}://${host}:${String(port)}${target.path.startsWith('/') ? '' : '/'}${target.path}`;
}
