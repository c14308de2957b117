import type { OpenClawMethods } from './openclaw-methods.ts';

/** The methods of the built-in gateway, and of any JSON-RPC gateway like it, by name. */
export interface BuiltinMethods {
  'channels.list': { params: undefined; result: { readonly channels: readonly Channel[] } };
  'channels.get': { params: { readonly channelId: string }; result: Channel };
  'channels.connect': { params: { readonly channelId: string }; result: Channel };
  'channels.disconnect': { params: { readonly channelId: string }; result: Channel };
  'channels.getQRCode': {
    params: { readonly channelId: string };
    result: { readonly channelId: string; readonly qr: string; readonly expiresAt: number };
  };
  'skills.list': { params: undefined; result: { readonly skills: readonly Skill[] } };
  'skills.enable': { params: { readonly skillId: string }; result: Skill };
  'skills.disable': { params: { readonly skillId: string }; result: Skill };
  'skills.getConfig': { params: { readonly skillId: string }; result: { readonly config: Settings } };
  'skills.updateConfig': {
    params: { readonly skillId: string; readonly config: Settings };
    result: { readonly config: Settings };
  };
  'skills.bundles': { params: undefined; result: { readonly bundles: readonly SkillBundle[] } };
  'skills.installBundle': { params: { readonly bundleId: string }; result: { readonly installed: readonly string[] } };
  'chat.send': {
    params: { readonly message: string; readonly sessionKey?: string; readonly idempotencyKey?: string };
    result: { readonly runId: string; readonly status: 'started' | 'in_flight' | 'ok' };
  };
  'chat.abort': {
    params: { readonly sessionKey?: string; readonly runId?: string };
    result: { readonly aborted: boolean; readonly runIds: readonly string[] };
  };
  'chat.history': {
    params: { readonly sessionKey?: string; readonly limit?: number };
    result: { readonly sessionKey: string; readonly messages: readonly ChatRecord[] };
  };
  'chat.clear': { params: { readonly sessionKey?: string }; result: { readonly cleared: number } };
  'cron.list': { params: undefined; result: { readonly jobs: readonly CronJob[] } };
  'cron.create': {
    params: { readonly name: string; readonly schedule: string; readonly message: string; readonly enabled?: boolean };
    result: CronJob;
  };
  'cron.update': {
    params: {
      readonly jobId: string;
      readonly patch: Partial<Pick<CronJob, 'name' | 'schedule' | 'message' | 'enabled'>>;
    };
    result: CronJob;
  };
  'cron.delete': { params: { readonly jobId: string }; result: { readonly deleted: boolean } };
  'cron.run': { params: { readonly jobId: string }; result: { readonly runId: string } };
  'providers.list': { params: undefined; result: { readonly providers: readonly Provider[] } };
  'providers.set': {
    params: { readonly providerId: string; readonly baseUrl: string; readonly model: string; readonly apiKey?: string };
    result: Provider;
  };
  'providers.remove': { params: { readonly providerId: string }; result: { readonly removed: boolean } };
  'providers.test': {
    params: { readonly providerId: string };
    result: { readonly ok: boolean; readonly latencyMs?: number; readonly error?: string };
  };
  'system.health': { params: { readonly deep?: boolean } | undefined; result: SystemHealth };
  'system.config': { params: undefined; result: { readonly config: Settings } };
  'system.updateConfig': { params: { readonly config: Settings }; result: { readonly config: Settings } };
  'system.version': { params: undefined; result: { readonly version: string; readonly protocol: number } };
  'system.methods': {
    params: undefined;
    result: { readonly methods: readonly string[]; readonly events: readonly string[] };
  };
}
/** Every method whose types are known. Widen by module augmentation: `declare module '@deskclaw/protocol' { interface GatewayMethods { … } }`. */
export interface GatewayMethods extends BuiltinMethods, OpenClawMethods {}
export type GatewayMethodName = keyof GatewayMethods;

/** `rpc` infers from the map and accepts any other name with unknown types. */
export type MethodParams<M extends string> = M extends GatewayMethodName ? GatewayMethods[M]['params'] : unknown;
export type MethodResult<M extends string> = M extends GatewayMethodName ? GatewayMethods[M]['result'] : unknown;

export type Settings = Readonly<Record<string, unknown>>;
export type ChannelStatus = 'connected' | 'disconnected' | 'connecting' | 'error';
export interface Channel {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly status: ChannelStatus;
  readonly error?: string;
  /** Whether an account is logged in; only for channels with a login by link or QR code. */
  readonly linked?: boolean;
}
export interface Skill {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly enabled: boolean;
}
export interface SkillBundle {
  readonly id: string;
  readonly name: string;
  readonly skills: readonly string[];
}
export interface ChatRecord {
  readonly id: string;
  readonly role: 'user' | 'assistant';
  readonly text: string;
  /** Epoch ms. */
  readonly at: number;
  readonly runId: string;
  readonly state: 'final' | 'error' | 'aborted';
}
export interface CronJob {
  readonly id: string;
  readonly name: string;
  readonly schedule: string;
  readonly message: string;
  readonly enabled: boolean;
  readonly lastRunAt?: number;
}
/** Says whether a key is set, never the key itself. */
export interface Provider {
  readonly id: string;
  readonly baseUrl: string;
  readonly model: string;
  readonly hasKey: boolean;
}
export interface SystemHealth {
  readonly ok: boolean;
  /** ms since the gateway began to listen. */
  readonly uptime: number;
  readonly version: string;
  readonly pid?: number;
  readonly connections?: number;
  readonly runs?: number;
  readonly rssBytes?: number;
}

/**
 * Methods that may be sent again after a lost connection because a second effect equals the first.
 * Anything else needs an idempotency key to be resent.
 */
const idempotentMethods: ReadonlySet<string> = new Set([
  'channels.list',
  'channels.get',
  'channels.connect',
  'channels.disconnect',
  'skills.list',
  'skills.enable',
  'skills.disable',
  'skills.getConfig',
  'skills.updateConfig',
  'skills.bundles',
  'skills.installBundle',
  'chat.history',
  'cron.list',
  'cron.update',
  'providers.list',
  'providers.set',
  'system.health',
  'system.config',
  'system.updateConfig',
  'system.version',
  'system.methods',
  'health',
  'status',
  'channels.status',
  'system-presence',
  'last-heartbeat',
  'logs.tail',
  'config.get',
  'config.schema',
  'models.list',
  'agents.list',
  'sessions.list',
  'sessions.preview',
  'cron.status',
  'cron.runs',
  'skills.status',
  'usage.status',
  'usage.cost',
  'system.info',
  'tools.catalog',
  'commands.list',
  'gateway.identity.get',
]);

export function isIdempotentMethod(method: string): boolean {
  return idempotentMethods.has(method);
}

export const builtinMethodNames = [
  'channels.list',
  'channels.get',
  'channels.connect',
  'channels.disconnect',
  'channels.getQRCode',
  'skills.list',
  'skills.enable',
  'skills.disable',
  'skills.getConfig',
  'skills.updateConfig',
  'skills.bundles',
  'skills.installBundle',
  'chat.send',
  'chat.abort',
  'chat.history',
  'chat.clear',
  'cron.list',
  'cron.create',
  'cron.update',
  'cron.delete',
  'cron.run',
  'providers.list',
  'providers.set',
  'providers.remove',
  'providers.test',
  'system.health',
  'system.config',
  'system.updateConfig',
  'system.version',
  'system.methods',
] as const satisfies readonly (keyof BuiltinMethods)[];
