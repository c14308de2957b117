/** When to try again. Durations in ms. */
export interface ReconnectPolicy {
  /** The first delay; doubles with each attempt. */
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
  /** Attempts in one streak before the state is `exhausted`. */
  readonly maxAttempts: number;
  /** `equal`: half of each delay is fixed, half random. */
  readonly jitter: 'equal';
  /** Only a connection that held this long ends a streak: a flapping peer is not a fresh start. */
  readonly stableAfterMs: number;
  /** Between tries once exhausted. */
  readonly probeEveryMs: number;
  /**
   * Between looks whether this device was approved meanwhile. OpenClaw's documentation leaves it to the client ("pause or
   * retry"); a request that is repeated unchanged keeps its id, so the command that we show stays true.
   */
  readonly approvalEveryMs: number;
}

export interface HeartbeatPolicy {
  /** Silence after which the peer is pinged. */
  readonly intervalMs: number;
  /** How long an answer to a ping may take; two unanswered make the peer unresponsive. */
  readonly timeoutMs: number;
  /** How long the request that follows may take before the connection is replaced. */
  readonly probeMs: number;
  /** Limit of the probe after the machine slept. */
  readonly wakeProbeMs: number;
}

export interface ConnectionConfig {
  readonly reconnect: ReconnectPolicy;
  readonly heartbeat: HeartbeatPolicy;
  /**
   * One deadline for name lookup, TCP, upgrade, challenge and hello; extended for a peer that checks secrets slowly on
   * purpose.
   */
  readonly handshakeTimeoutMs: number;
  /** For messages: the address without anything secret. */
  readonly address: string;
}

export const defaultReconnect: ReconnectPolicy = {
  baseDelayMs: 1_000,
  maxDelayMs: 30_000,
  maxAttempts: 10,
  jitter: 'equal',
  stableAfterMs: 5_000,
  probeEveryMs: 60_000,
  approvalEveryMs: 10_000,
};

export const defaultHeartbeat: HeartbeatPolicy = {
  intervalMs: 10_000,
  timeoutMs: 5_000,
  probeMs: 10_000,
  wakeProbeMs: 2_000,
};

export const DEFAULT_HANDSHAKE_TIMEOUT_MS = 5_000;
