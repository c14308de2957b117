import {
  type EndOptions,
  type Environment,
  GatewayError,
  type GatewayManager,
  nodeProcessTable,
  type SecretStore,
} from '@deskclaw/core';
import {
  builtinMethodNames,
  type ControlMethods,
  type DoctorReport,
  describeProblem,
  type EndRequest,
  type GatewayStatus,
  gatewayEventNames,
  type HostInfo,
  isObject,
  type LifecycleResult,
  type StartRequest,
  type TokenRotation,
} from '@deskclaw/protocol';
import type { HostHandlers } from '../control/server.ts';
import type { Journal } from '../journal/journal.ts';
import type { LogBook } from '../journal/log-book.ts';
import type { LoadedConfig } from '../profile/config.ts';
import { maskSettings } from '../profile/mask-settings.ts';
import { addProfile, assertProfile, listProfiles } from '../profile/profiles.ts';
import { selectProfile } from '../profile/selected-profile.ts';
import type { HostRecovery } from '../recovery/host-recovery.ts';
import type { Dashboard } from './dashboard.ts';
import type { HostMetrics } from './host-metrics.ts';
import { removeProfile } from './remove-profile.ts';
import { isIdle, type StartDeps, startAs } from './start-request.ts';

export interface HandlerDeps extends StartDeps {
  readonly info: () => HostInfo;
  readonly manager: GatewayManager;
  readonly logs: LogBook;
  readonly journal: Journal;
  readonly config: () => LoadedConfig;
  readonly status: () => GatewayStatus;
  /** Resolves when no upgrade that was cut off stands in the way of a start. */
  readonly finishPendingUpgrade: () => Promise<void>;
  readonly stop: (options: EndOptions) => Promise<LifecycleResult>;
  readonly dashboard: Dashboard;
  readonly metrics: HostMetrics;
  readonly recovery: HostRecovery;
  readonly doctor: () => Promise<DoctorReport>;
  readonly saveSteps: () => Promise<{ readonly path: string }>;
  readonly env: Environment;
  readonly keyring: SecretStore;
  readonly rotateToken: () => Promise<TokenRotation>;
  /** No start is taken from here on. */
  readonly beginShutdown: () => void;
  readonly shutdown: (force: boolean) => void;
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** OpenClaw says it in its greeting, our own gateway when asked; of others we know only what we know of all. */
async function offeredMethods(manager: GatewayManager): Promise<ControlMethods['gateway.methods']['result']> {
  const greeting = manager.offers();
  if (greeting?.methods !== undefined) {
    return { methods: greeting.methods, events: greeting.events ?? [], source: 'advertised' };
  }
  const answer: unknown = await manager.rpc<string>('system.methods').catch((error: unknown) => {
    if (error instanceof GatewayError && error.outcome === 'answered') return undefined;
    throw error;
  });
  return isObject(answer) && isNames(answer['methods'])
    ? { methods: answer['methods'], events: isNames(answer['events']) ? answer['events'] : [], source: 'advertised' }
    : { methods: builtinMethodNames, events: gatewayEventNames, source: 'known' };
}

/** Options of a stop or restart, with who asked for it: one that runs inside the gateway does not live to see the answer. */
function endOptions(manager: GatewayManager, { force, askerPid }: EndRequest = {}): EndOptions {
  const name = askerPid === undefined ? undefined : nodeProcessTable.find(askerPid)?.name;
  const asker = `${name ?? 'a process that is gone'} (pid ${String(askerPid)})`;
  const isInside = askerPid !== undefined && manager.ownsProcess(askerPid);
  const where = isInside ? ', which runs inside the gateway' : '';
  return {
    ...(force === undefined ? {} : { force }),
    ...(askerPid === undefined ? {} : { cause: `Requested by ${asker}${where}.` }),
    ...(isInside ? { isInside } : {}),
  };
}

/**
 * Starts the gateway for a user. Where that fails in a way that the recovery ladder may cure, its steps belong to the same start: its
 * answer is what came of them. @throws GatewayError why the gateway is not running after all.
 */
async function startWithRecovery(deps: HandlerDeps, request: StartRequest): Promise<LifecycleResult> {
  const { manager, recovery } = deps;
  if (isIdle(manager)) recovery.noteUser('up');
  const result = await startAs(deps, request).catch(async (error: unknown) => {
    if (!recovery.isBusy) throw error;
    await recovery.settled();
    if (manager.getStatus().state !== 'running') throw error;
    return manager.start();
  });
  const { account } = recovery;
  return account === undefined ? result : { ...result, repaired: account };
}

/** Creates the handlers of the control API. */
export function createHostHandlers(deps: HandlerDeps): HostHandlers {
  const { manager, logs, journal } = deps;
  /** The name of the newest start that was not joined to another one. */
  let begunBy: string | undefined;
  /** Named starts that are not answered yet: whether each was taken back before it began, or after it had joined another one. */
  const named = new Map<string, { isTakenBack: boolean }>();

  return {
    'host.info': () => deps.info(),
    'host.shutdown': (params) => {
      if (params?.ifIdle === true && !isIdle(manager)) return { stopping: false };
      deps.beginShutdown();
      // After the answer: the channel it goes out on is closed by the shutdown.
      deps.clock.schedule(0, () => deps.shutdown(params?.force ?? false));
      return { stopping: true };
    },
    'host.openDashboard': (params) => deps.dashboard.open(params),
    'host.revokeDashboard': () => ({ sessions: deps.dashboard.revoke() }),
    'host.rotateToken': () => deps.rotateToken(),
    'gateway.status': () => deps.status(),
    'gateway.start': async ({ startId, ...request } = {}) => {
      const state = { isTakenBack: false };
      if (startId !== undefined) named.set(startId, state);
      const assertWanted = () => {
        if (!state.isTakenBack) return;
        const detail = 'It was cancelled before it began.';
        throw new GatewayError(describeProblem('aborted', { detail }, deps.clock.wallTime()));
      };
      const began = () => {
        begunBy = startId;
      };
      try {
        await deps.finishPendingUpgrade();
        await deps.recovery.settled();
        assertWanted();
        return await startWithRecovery({ ...deps, assertWanted, began }, request);
      } finally {
        if (startId !== undefined && named.get(startId) === state) named.delete(startId);
      }
    },
    'gateway.stop': ({ startId, ...request } = {}) => {
      if (startId === undefined || startId === begunBy) {
        deps.recovery.noteUser('down');
        return deps.stop(endOptions(manager, request));
      }
      const state = named.get(startId);
      if (state !== undefined) state.isTakenBack = true;
      return { outcome: 'superseded', generation: manager.getStatus().generation };
    },
    'gateway.restart': async (params) => {
      // The asker may be gone by the time an upgrade has been finished.
      const options = endOptions(manager, params);
      await deps.finishPendingUpgrade();
      begunBy = undefined;
      await deps.recovery.settled();
      deps.recovery.noteUser('up');
      return manager.restart(options);
    },
    'gateway.recover': async (params) => {
      const { recovery } = deps;
      const taken = params?.channels === 'on' ? recovery.allowChannels() : await recovery.accept();
      if (taken && params?.channels === 'on' && !isIdle(manager)) {
        await deps.finishPendingUpgrade();
        await recovery.settled();
        // It may have been stopped meanwhile; the next start has its channels.
        if (!isIdle(manager)) {
          recovery.noteUser('up');
          await manager.restart();
        }
      }
      return { taken, status: deps.status() };
    },
    'gateway.reconnect': () => {
      manager.reconnectNow();
      return { ok: true };
    },
    'gateway.health': () => manager.checkHealth(),
    'gateway.rpc': ({ method, params, timeoutMs, idempotencyKey }) =>
      manager.rpc<string>(method, params, {
        numbers: 'as-written',
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
        ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      }),
    'gateway.methods': () => offeredMethods(manager),
    'logs.query': (params) => logs.query(params ?? {}),
    'timeline.query': (params) => journal.query(params ?? {}),
    'metrics.snapshot': () => deps.metrics.snapshot(),
    'host.serveMetrics': (params) => deps.metrics.serve(params?.port ?? 0),
    'host.saveSteps': () => deps.saveSteps(),
    'profiles.list': () => ({ profiles: listProfiles(deps.env) }),
    'profiles.add': ({ name, port }) => ({ added: addProfile(name, port, deps.env) }),
    'profiles.use': ({ name }) => {
      assertProfile(name, deps.env);
      selectProfile(name, deps.env);
      return { selected: name };
    },
    'profiles.remove': ({ name }) => {
      assertProfile(name, deps.env);
      return removeProfile(name, { env: deps.env, keyring: deps.keyring });
    },
    'doctor.run': () => deps.doctor(),
    'config.get': () => {
      const { path, settings } = deps.config();
      return { path, config: maskSettings(settings) };
    },
  };
}
