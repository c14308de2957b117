import { createHash } from 'node:crypto';
import type { DeviceAuth, GatewayManagerOptions, GatewayTarget, TargetResult as Launch } from '@deskclaw/core';
import { type ConnectionAuth, targetFromOptions } from '@deskclaw/core/internal';
import { type OpenClawHooks, type OpenClawPlan, openClawTarget, type PreparedOpenClaw } from '@deskclaw/openclaw';
import type { StartRequest } from '@deskclaw/protocol';
import type { Settings } from '../profile/config.ts';
import type { Secret } from '../profile/secrets.ts';

/** What a start request and the profile's settings come to, before anything on the machine is looked at. */
export type Choice =
  | { readonly kind: 'builtin' }
  | { readonly kind: 'openclaw' }
  | { readonly kind: 'command'; readonly command: readonly string[] }
  | { readonly kind: 'attach'; readonly url: string | undefined };

/** The request wins over the settings; within each, a command over a name. Nothing said: OpenClaw, if there is one. */
export function chooseGateway(request: StartRequest, settings: Settings): Choice {
  if (request.command !== undefined) return { kind: 'command', command: request.command };
  if (request.gateway !== undefined) return { kind: request.gateway };
  if (settings.mode === 'attach' || settings.url !== undefined) return { kind: 'attach', url: settings.url };
  if (settings.command !== undefined) return { kind: 'command', command: settings.command };
  return { kind: settings.gateway ?? 'openclaw' };
}

/** Returns a mark that differs where the settings say something else about the program to run and its address. */
export function settingsMark({ mode, url, command, gateway, port, path }: Settings): string {
  const said = JSON.stringify([mode, url, command, gateway, port, path]);
  return createHash('sha256').update(said).digest('hex').slice(0, 16);
}

/** The gateway that runs or starts: the choice it was started from, its port and path. */
export interface RunningLaunch {
  readonly choice: Choice;
  /** Actual port; of one that starts, what was asked for: `undefined` if nothing was, 0 for any. */
  readonly port: number | undefined;
  readonly path: string | undefined;
}

/** Whether a request differs from the gateway that runs or starts. Options that the request leaves out match anything. */
export function conflictsWith({ choice, port, path }: RunningLaunch, request: StartRequest): boolean {
  const command = choice.kind === 'command' ? choice.command : undefined;
  return (
    (request.gateway !== undefined && request.gateway !== choice.kind) ||
    (request.command !== undefined && JSON.stringify(request.command) !== JSON.stringify(command)) ||
    (request.port !== undefined && request.port !== 0 && port !== undefined && request.port !== port) ||
    (request.path !== undefined && path !== undefined && pathName(request.path) !== pathName(path))
  );
}

/** The path alone, with its slash, without a query. */
function pathName(path: string): string {
  return new URL(path.replace(/^\/*/, '/'), 'ws://gateway').pathname;
}

export interface LaunchDeps {
  readonly prepareOpenClaw: (port: number | undefined) => Promise<PreparedOpenClaw>;
  /** Returns the hooks for one OpenClaw on this machine: who holds its state, how to repair its configuration. */
  readonly openClawHooks: (plan: OpenClawPlan) => OpenClawHooks;
  readonly builtin: {
    readonly command: readonly string[];
    readonly version: string;
    readonly dataFolder: string;
    /** The file is handed to the gateway, its content to the connection. */
    readonly token: () => { readonly file: string; readonly secret: Secret };
  };
  /** A token the user named; it wins over every other. */
  readonly token: Secret | undefined;
  /** The device identity of this profile, for gateways that know their clients by key. */
  readonly device: DeviceAuth;
}

/** Returns the options of a manager that a request and the settings come to. */
export function startOptions(
  request: StartRequest,
  settings: Settings,
  token: Secret | undefined,
): GatewayManagerOptions {
  const { gateway: _gateway, openclaw: _openclaw, auth: _auth, deviceKeys: _keys, ...rest } = settings;
  return {
    ...rest,
    ...(request.port === undefined ? {} : { port: request.port }),
    ...(request.path === undefined ? {} : { path: request.path, ...movedUrl(settings.url, request.path) }),
    ...(request.timeoutMs === undefined ? {} : { startup: { timeoutMs: request.timeoutMs } }),
    ...(token === undefined ? {} : { auth: { token: token.value, tokenSource: token.source } }),
  };
}

/** An address of the settings, with another path. */
function movedUrl(url: string | undefined, path: string): { readonly url?: string } {
  return url === undefined ? {} : { url: new URL(path, url).href };
}

const loopbackHost = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/**
 * A gateway elsewhere is always met as a device, which it can approve and revoke by itself; its shared token is for the
 * first time. One on this machine lets a program with its token in, and gets a device where it asks for one.
 */
function addDevice(auth: ConnectionAuth | undefined, target: GatewayTarget, settings: Settings, device: DeviceAuth) {
  const use = settings.auth?.device ?? (isRemote(target) ? 'always' : 'when-asked');
  return use === 'never' ? { ...auth } : { ...auth, device, useDevice: use };
}

export function builtinName(version: string): string {
  return `built-in gateway ${version}`;
}

function isRemote({ url }: GatewayTarget): boolean {
  return url !== undefined && URL.canParse(url) && !loopbackHost.test(new URL(url).hostname);
}

/** Turns a choice into the target of one start; OpenClaw and its configuration are looked at afresh each time. */
export async function buildLaunch(request: StartRequest, settings: Settings, ports: LaunchDeps): Promise<Launch> {
  const launch = await buildTarget(request, settings, ports);
  if (!launch.ok) return launch;
  // A user who names a time waits no longer, even for a gateway that reports progress.
  const limit = request.timeoutMs === undefined ? {} : { startLimitMs: request.timeoutMs };
  const target = { ...launch.target, ...limit };
  if (target.dialect === 'jsonrpc') return { ...launch, target };
  return { ...launch, target: { ...target, auth: addDevice(target.auth, target, settings, ports.device) } };
}

async function buildTarget(request: StartRequest, settings: Settings, ports: LaunchDeps): Promise<Launch> {
  const base = targetFromOptions(startOptions(request, settings, ports.token));
  const choice = chooseGateway(request, settings);
  switch (choice.kind) {
    case 'attach':
      return { ok: true, target: { ...base, mode: 'attach' } };
    case 'command':
      return {
        ok: true,
        target: {
          ...base,
          command: choice.command,
          ...(request.cwd === undefined ? {} : { defaultCwd: request.cwd }),
        },
      };
    case 'builtin':
      return { ok: true, target: builtinTarget(base, ports) };
    case 'openclaw':
      return openClawLaunch(base, request, settings, ports);
    default:
      return choice satisfies never;
  }
}

/** Only our own gateway knows a token that we generated: a foreign process on the port is not contacted, and never gets the token. */
function builtinTarget(base: GatewayTarget, ports: LaunchDeps): GatewayTarget {
  const { builtin, token: named } = ports;
  const { file, secret } = named === undefined ? builtin.token() : { file: named.source, secret: named };
  return {
    ...base,
    ...(named === undefined ? { mode: 'supervise' } : {}),
    command: [
      ...builtin.command,
      '--host',
      '{host}',
      '--port',
      '{port}',
      '--data',
      builtin.dataFolder,
      '--token-file',
      file,
      '--lifeline',
    ],
    program: builtinName(builtin.version),
    dialect: 'jsonrpc',
    auth: { token: secret.value, tokenSource: secret.source },
    lifeline: true,
  };
}

async function openClawLaunch(
  base: GatewayTarget,
  request: StartRequest,
  settings: Settings,
  ports: LaunchDeps,
): Promise<Launch> {
  const prepared = await ports.prepareOpenClaw(request.port ?? settings.port);
  if (!prepared.ok) return prepared;
  const { plan } = prepared;
  const { repair, ...hooks } = ports.openClawHooks(plan);
  const target = openClawTarget(base, plan, {
    startTimeoutMs: request.timeoutMs ?? settings.startup?.timeoutMs,
    drainMs: settings.stop?.drainMs,
    graceMs: settings.stop?.graceMs,
  });
  return {
    ok: true,
    target: {
      ...target,
      program: `OpenClaw ${plan.version}`,
      ...hooks,
      ...(settings.repair === false ? {} : { repair }),
    },
  };
}
