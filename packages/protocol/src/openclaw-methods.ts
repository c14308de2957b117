type Fields = Readonly<Record<string, unknown>>;

/**
 * Methods that OpenClaw gateways of every measured generation (2026.2.3-1, 2026.5.28, 2026.9.6) offer and the built-in gateway's own
 * do not have a name for; what only the later ones say is optional. Those that share a name with one of ours (`chat.*`, `cron.list`)
 * are typed there. Whether the gateway at hand has a method is in what it advertises, never in its version.
 */
export interface OpenClawMethods {
  health: { params: { readonly probe?: boolean } | undefined; result: OpenClawHealth };
  status: { params: undefined; result: Fields & { readonly runtimeVersion?: string } };
  'channels.status': {
    params: { readonly probe?: boolean; readonly timeoutMs?: number } | undefined;
    result: OpenClawChannels & { readonly channelAccounts: Fields; readonly channelDefaultAccountId: Fields };
  };
  'system-presence': { params: undefined; result: readonly PresenceEntry[] };
  'last-heartbeat': { params: undefined; result: Fields | null };
  'logs.tail': {
    params: { readonly cursor?: number; readonly limit?: number; readonly maxBytes?: number } | undefined;
    /** Lines are JSON texts, one log record each. */
    result: {
      readonly file: string;
      readonly cursor: number;
      readonly size: number;
      readonly lines: readonly string[];
      readonly truncated?: boolean;
      readonly reset?: boolean;
    };
  };
  'config.get': {
    params: undefined;
    result: {
      readonly path: string;
      readonly exists: boolean;
      readonly valid: boolean;
      readonly config: Fields;
      /** Sent back with a change, so that no concurrent change is overwritten. */
      readonly hash?: string;
      readonly issues: readonly unknown[];
    };
  };
  /** `raw`: the configuration, or the part to change, as JSON text. */
  'config.set': { params: ConfigChange; result: Fields };
  'config.patch': { params: ConfigChange; result: Fields };
  'config.apply': { params: ConfigChange; result: Fields };
  'models.list': { params: undefined; result: { readonly models: readonly OpenClawModel[] } };
  'agents.list': {
    params: undefined;
    result: {
      readonly defaultId: string;
      readonly mainKey: string;
      readonly scope: string;
      readonly agents: readonly (Fields & { readonly id: string })[];
    };
  };
  'sessions.list': {
    params: { readonly limit?: number } | undefined;
    result: {
      readonly ts: number;
      readonly path: string;
      readonly count: number;
      readonly sessions: readonly OpenClawSession[];
    };
  };
  'sessions.reset': { params: { readonly key: string }; result: Fields };
  'sessions.delete': { params: { readonly key: string; readonly deleteTranscript?: boolean }; result: Fields };
  /** Answers twice: at once that it is accepted, and with the result when the run has ended. */
  agent: {
    params: {
      readonly message: string;
      readonly idempotencyKey: string;
      readonly sessionKey?: string;
      readonly deliver?: boolean;
    };
    result: Fields & { readonly runId: string; readonly status: string };
  };
  'agent.wait': {
    params: { readonly runId: string; readonly timeoutMs?: number };
    result: {
      readonly status: 'ok' | 'error' | 'timeout';
      readonly startedAt?: number;
      readonly endedAt?: number;
      readonly error?: string;
    };
  };
  'cron.status': {
    params: undefined;
    result: { readonly enabled: boolean; readonly jobs: number; readonly nextWakeAtMs: number | null };
  };
  'skills.status': {
    params: undefined;
    result: { readonly workspaceDir: string; readonly managedSkillsDir: string; readonly skills: readonly Fields[] };
  };
  'usage.status': {
    params: undefined;
    result: { readonly updatedAt: number; readonly providers: readonly Fields[] };
  };
  'usage.cost': {
    params: { readonly days?: number } | undefined;
    result: {
      readonly updatedAt: number;
      readonly days: number;
      readonly daily: readonly Fields[];
      readonly totals: Fields;
    };
  };
  'node.list': { params: undefined; result: { readonly ts: number; readonly nodes: readonly Fields[] } };
  'device.pair.list': {
    params: undefined;
    result: { readonly pending: readonly Fields[]; readonly paired: readonly Fields[] };
  };
}

export interface OpenClawChannels {
  readonly ts: number;
  /** By id; empty where no channel is set up. */
  readonly channels: Readonly<Record<string, Fields>>;
  readonly channelOrder: readonly string[];
  readonly channelLabels: Readonly<Record<string, string>>;
}

export interface OpenClawHealth extends OpenClawChannels {
  readonly ok: boolean;
  readonly durationMs: number;
  readonly heartbeatSeconds: number;
  readonly defaultAgentId: string;
  readonly agents: readonly Fields[];
  readonly sessions: { readonly path: string; readonly count: number; readonly recent: readonly Fields[] };
}

export interface PresenceEntry {
  readonly host?: string;
  readonly ip?: string;
  readonly version?: string;
  readonly platform?: string;
  readonly mode?: string;
  readonly reason?: string;
  readonly text: string;
  /** Epoch ms. */
  readonly ts: number;
}

export interface ConfigChange {
  readonly raw: string;
  /** `hash` of the configuration it was made from. */
  readonly baseHash?: string;
}

export interface OpenClawModel {
  readonly id: string;
  readonly name: string;
  readonly provider: string;
}

export interface OpenClawSession {
  readonly key: string;
  readonly sessionId?: string;
  readonly kind?: string;
  readonly updatedAt?: number | null;
  /** Whether a run works in it; 2026.2.3-1 does not say. */
  readonly hasActiveRun?: boolean;
}
