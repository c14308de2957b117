import { GATEWAY_VERSION } from '../../options.ts';
import { flag, integer, object, oneOf, optional, text } from '../../params/guard.ts';
import type { LogLine } from '../../ports/log.ts';
import type { Services } from '../../services/services.ts';
import type { ConnectedClients } from '../connected-clients.ts';
import { toOpenClawKey } from '../session-keys.ts';
import { type OpenClawHandler, openClawMethod } from './method.ts';

type Names =
  | 'health'
  | 'status'
  | 'channels.status'
  | 'system-presence'
  | 'last-heartbeat'
  | 'logs.tail'
  | 'config.get'
  | 'models.list'
  | 'agents.list';

const empty = object({});
/** This gateway has no heartbeat; clients expect all of its fields. */
const noHeartbeat = { enabled: false, every: '0m', everyMs: null, prompt: '', target: 'none', ackMaxChars: 0 };
const probing = object({
  probe: optional(flag),
  timeoutMs: optional(integer(0, 3_600_000)),
});

const modelsParams = object({
  agentId: optional(oneOf(['main'])),
  view: optional(text()),
  refresh: optional(flag),
  preparedOnly: optional(flag),
  includeProviderCapabilities: optional(flag),
});

export function gatewayHandlers(
  services: Services,
  clients: ConnectedClients,
): Readonly<Record<Names, OpenClawHandler>> {
  const { log, providers, settings, healthStats } = services;
  return {
    health: openClawMethod('health', probing, () => {
      // Broadcast after each call, as OpenClaw does; deferred, so that the answer is sent first.
      clients.ports.clock.schedule(0, () => clients.broadcastHealth());
      return healthPayload(services, clients.ports.clock.wallTime());
    }),
    status: openClawMethod('status', empty, () => ({
      runtimeVersion: GATEWAY_VERSION,
      channelSummary: [],
      queuedSystemEvents: [],
      sessions: sessionSummary(services),
      uptimeMs: healthStats.uptime(),
      processMemory: { rssBytes: process.memoryUsage.rss() },
    })),
    'channels.status': openClawMethod('channels.status', probing, () => {
      const { channels, channelOrder, channelLabels } = channelFields(services);
      return {
        ts: clients.ports.clock.wallTime(),
        channels,
        channelOrder,
        channelLabels,
        channelAccounts: {},
        channelDefaultAccountId: {},
        statusIssues: [],
      };
    }),
    'system-presence': openClawMethod('system-presence', empty, () => clients.presence.list()),
    'last-heartbeat': openClawMethod('last-heartbeat', empty, () => null),
    'logs.tail': openClawMethod(
      'logs.tail',
      object({
        cursor: optional(integer(0, Number.MAX_SAFE_INTEGER)),
        limit: optional(integer(1, 5000)),
        maxBytes: optional(integer(1, 1_000_000)),
      }),
      ({ cursor = 0, limit = 200 }) => {
        // The cursor counts lines, as there is no file. Returns the lines after it, as far as they are still stored.
        const { total, lines } = log.tail(limit);
        const fresh = lines.slice(Math.max(0, lines.length - Math.max(0, total - cursor)));
        return {
          file: '(memory)',
          cursor: total,
          size: total,
          lines: fresh.map(asLogLine),
          truncated: total - cursor > fresh.length,
          reset: cursor > total,
        };
      },
    ),
    'config.get': openClawMethod('config.get', empty, () => {
      const config = settings.get();
      return {
        path: services.stateDirectory ?? '(memory)',
        exists: true,
        valid: true,
        raw: JSON.stringify(config, null, 2),
        parsed: config,
        config,
        issues: [],
      };
    }),
    'models.list': openClawMethod('models.list', modelsParams, () => {
      const { provider, model } = providers.agent().label;
      return { models: [{ id: model, name: model, provider, tags: ['default'], available: true }] };
    }),
    'agents.list': openClawMethod('agents.list', empty, () => {
      const { provider, model } = providers.agent().label;
      return {
        defaultId: 'main',
        mainKey: 'main',
        scope: 'per-sender',
        agents: [{ id: 'main', model: { primary: `${provider}/${model}` } }],
      };
    }),
  };
}

export function healthPayload(services: Services, now: number): object {
  const sessions = sessionSummary(services);
  return {
    ok: true,
    ts: now,
    durationMs: 0,
    ...channelFields(services),
    heartbeatSeconds: 0,
    defaultAgentId: 'main',
    agents: [{ agentId: 'main', isDefault: true, heartbeat: noHeartbeat, sessions }],
    sessions,
  };
}

function sessionSummary({ runs, stateDirectory }: Services): object {
  const sessions = runs.sessions();
  const recent = sessions
    .slice(0, 5)
    .map(({ sessionKey, updatedAt }) => ({ key: toOpenClawKey(sessionKey), updatedAt }));
  return { path: stateDirectory ?? '(memory)', count: sessions.length, recent };
}

function channelFields({ channels }: Services): {
  readonly channels: object;
  readonly channelOrder: readonly string[];
  readonly channelLabels: object;
} {
  const list = channels.list();
  return {
    channels: Object.fromEntries(
      list.map(({ id, status, linked }) => [
        id,
        {
          configured: true,
          running: status !== 'disconnected',
          connected: status === 'connected',
          ...(linked === undefined ? {} : { linked }),
        },
      ]),
    ),
    channelOrder: list.map(({ id }) => id),
    channelLabels: Object.fromEntries(list.map(({ id, name }) => [id, name])),
  };
}

/** The line format of OpenClaw's log file. */
function asLogLine({ at, level, text }: LogLine): string {
  const time = new Date(at).toISOString();
  return JSON.stringify({
    0: '{"subsystem":"gateway"}',
    1: text,
    _meta: { logLevelName: level.toUpperCase(), date: time },
    time,
  });
}
