import { type DialectChoice, describeProblem } from '@deskclaw/protocol';
import type { ClientInfo, Credentials } from '../dialect/dialect.ts';
import type { ReadyCheck } from '../dialect/ready-check.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import type { Clock, Random } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { PeerVerifier, PinnedCertificate, SocketFactory } from '../ports/sockets.ts';
import type { Tracer } from '../ports/tracer.ts';
import { MOST_IN_FLIGHT, type RequestLimits } from '../rpc/options.ts';
import {
  type ConnectionConfig,
  DEFAULT_HANDSHAKE_TIMEOUT_MS,
  defaultHeartbeat,
  defaultReconnect,
  type HeartbeatPolicy,
  type ReconnectPolicy,
} from './config.ts';
import type { ConnectHook } from './connect-hook.ts';
import type { DeviceAuth, DeviceUse } from './device-credentials.ts';
import type { Trace } from './events.ts';
import type { ConnectionState, ConnectionStateName } from './state.ts';
import type { ConnectionEffect, ConnectionEvent } from './transition.ts';
import { faultInHeaders, faultInProtocols } from './upgrade-options.ts';

/** A value, or a function that is called for it at every attempt. */
export type Source<T> = T | (() => T | undefined | Promise<T | undefined>);

export interface ConnectionAuth {
  readonly token?: Source<string>;
  readonly password?: Source<string>;
  /** An identity of our own, for gateways that know their clients by key. Default: none. */
  readonly device?: DeviceAuth;
  /** Default `when-asked`. */
  readonly useDevice?: DeviceUse;
  /** Where the token comes from, for the error that says it was refused. Default "the connection's options". */
  readonly tokenSource?: string;
}

/** Only `url` and `socketFactory` are required. Durations in ms, sizes in bytes. */
export interface GatewayConnectionOptions {
  /** `ws://`, `wss://` or, on Node, `ws+unix://`. A function is asked at every attempt: the port may have changed. */
  readonly url: string | (() => string | Promise<string>);
  readonly socketFactory: SocketFactory;
  /** Asked at every attempt who is at the other end, before anything is sent. Default: every peer is trusted. */
  readonly verifyPeer?: PeerVerifier;
  /** The certificate that the gateway must show, asked for at every attempt. A rejection fails the attempt, which is retried. */
  readonly certificate?: (() => Promise<PinnedCertificate>) | undefined;
  /** Default `auto`: what the peer says first decides; a silent one is taken for JSON-RPC after 250 ms. */
  readonly dialect?: DialectChoice;
  readonly auth?: ConnectionAuth;
  /** What proves that a JSON-RPC gateway is ready. Default `auto`: any answer to `system.health`. */
  readonly ready?: ReadyCheck;
  /** Prepares each new connection before waiting requests are sent on it. */
  readonly onConnect?: ConnectHook;
  /** Makes a span of each request; a tracer of `@opentelemetry/api` fits. Default: none. */
  readonly tracer?: Tracer;
  /** Headers of the WebSocket upgrade, for a gateway that logs in by them. Not possible in a page. */
  readonly headers?: Readonly<Record<string, string>>;
  /** WebSocket subprotocols to offer, best first. Default: none. */
  readonly protocols?: readonly string[];
  /** OpenClaw scopes to ask for. Default: read, write, admin, approvals, pairing. */
  readonly scopes?: readonly string[];
  /** Defaults: 1000 doubling to 30000, 10 attempts, stable after 5000, then a probe every 60000; every 10000 while a device waits for approval. */
  readonly reconnect?: Partial<ReconnectPolicy>;
  /** Defaults: ping after 10000 of silence, 5000 for each answer, 10000 for the last request, 2000 after a sleep. */
  readonly heartbeat?: Partial<HeartbeatPolicy>;
  /**
   * Over address, TCP, upgrade and handshake together. Default 5000; take 15000 for a remote gateway. An OpenClaw that has
   * our secret gets 8000 for its answer in any case: wrong ones it makes wait up to 5000.
   */
  readonly handshakeTimeoutMs?: number;
  /** Defaults: 30000 timeout, reject when disconnected, 1024 in flight, 256 or 8 MiB queued. */
  readonly request?: Partial<RequestLimits>;
  /** Largest inbound message. Default 32 MiB (OpenClaw's largest measured answer is 2.1 MB). */
  readonly maxPayload?: number;
  readonly client?: Partial<ClientInfo>;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly logger?: Logger;
  /** Receives names, numbers and times of events, never contents. */
  readonly trace?: Trace;
  /** Told of each event and the state in which it came, changed or not: a simulation counts which pairs its schedules cover. */
  readonly observe?: (state: ConnectionStateName, event: string) => void;
  /** Told of each step of the reducer with all that went into it, for a replay. */
  readonly record?: (step: ConnectionStep) => void;
}

/** One step of the reducer: its arguments and its result. Plain data. */
export interface ConnectionStep {
  readonly before: ConnectionState;
  readonly event: ConnectionEvent;
  readonly config: ConnectionConfig;
  readonly after: ConnectionState;
  readonly effects: readonly ConnectionEffect[];
}

const DEFAULT_MAX_PAYLOAD = 32 * 1024 * 1024;
const CLIENT_VERSION = '0.2.0';

export const defaultClient: ClientInfo = { version: CLIENT_VERSION, platform: 'js' };

/** Options that must be above 0: with 0 nothing could succeed, or something would run without a pause. */
const required: ReadonlySet<string> = new Set([
  'request.timeoutMs',
  'heartbeat.intervalMs',
  'heartbeat.timeoutMs',
  'heartbeat.probeMs',
  'heartbeat.wakeProbeMs',
  'handshakeTimeoutMs',
  'maxPayload',
]);

/** Returns a description of the expected value, or `undefined` if the option is valid. */
function expectedValue(name: string, value: number): string | undefined {
  if (name === 'request.maxInFlight') {
    const fits = Number.isInteger(value) && value >= 1 && value <= MOST_IN_FLIGHT;
    return fits ? undefined : `a whole number from 1 to ${String(MOST_IN_FLIGHT)}`;
  }
  if (Number.isFinite(value) && value > 0) return undefined;
  if (required.has(name)) return 'a number above 0';
  return value === 0 ? undefined : 'a number of 0 or more';
}

function checkGroup(prefix: string, group: Readonly<Record<string, unknown>>, at: number): void {
  for (const [key, value] of Object.entries(group)) {
    const name = `${prefix}${key}`;
    const expected = typeof value === 'number' ? expectedValue(name, value) : undefined;
    if (expected === undefined) continue;
    const params = { source: 'GatewayConnection options', fault: `${name} must be ${expected}, not ${String(value)}` };
    throw new GatewayError(describeProblem('config.invalid', params, at));
  }
}

function checkUpgrade({ socketFactory, headers = {}, protocols = [] }: GatewayConnectionOptions, at: number): void {
  const isRefused = socketFactory.refusesHeaders === true && Object.keys(headers).length > 0;
  const fault = isRefused
    ? 'headers: a page cannot set the headers of a WebSocket'
    : (faultInHeaders(headers) ?? faultInProtocols(protocols));
  if (fault === undefined) return;
  throw new GatewayError(describeProblem('config.invalid', { source: 'GatewayConnection options', fault }, at));
}

export function maxPayloadOf(options: GatewayConnectionOptions): number {
  return options.maxPayload ?? DEFAULT_MAX_PAYLOAD;
}

/** @throws GatewayError `config.invalid`, naming the option. */
export function readConfig(options: GatewayConnectionOptions, at: number): ConnectionConfig {
  const reconnect = { ...defaultReconnect, ...options.reconnect };
  const heartbeat = { ...defaultHeartbeat, ...options.heartbeat };
  const { handshakeTimeoutMs = DEFAULT_HANDSHAKE_TIMEOUT_MS } = options;
  checkGroup('reconnect.', { ...reconnect }, at);
  checkGroup('heartbeat.', { ...heartbeat }, at);
  checkGroup('request.', { ...options.request }, at);
  checkGroup('', { handshakeTimeoutMs, maxPayload: maxPayloadOf(options) }, at);
  checkUpgrade(options, at);
  return {
    reconnect,
    heartbeat,
    handshakeTimeoutMs,
    address: typeof options.url === 'string' ? displayAddress(options.url) : 'the gateway',
  };
}

const validProtocols: ReadonlySet<string> = new Set(['ws:', 'wss:', 'ws+unix:']);

export function isValidAddress(url: string): boolean {
  return URL.canParse(url) && validProtocols.has(new URL(url).protocol);
}

/** An address without the parts that may hold a secret: user, password, query and fragment. */
export function displayAddress(url: string): string {
  if (lastDisplayed?.url !== url) lastDisplayed = { url, text: toDisplay(url) };
  return lastDisplayed.text;
}

/** Every status names the same address again. */
let lastDisplayed: { readonly url: string; readonly text: string } | undefined;

function toDisplay(url: string): string {
  if (!URL.canParse(url)) return 'an address that cannot be read';
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

async function read<T>(source: Source<T> | undefined): Promise<T | undefined> {
  // A token is a string and never a function, so a function is always a source.
  return source instanceof Function ? await source() : source;
}

export async function readCredentials(auth: ConnectionAuth | undefined): Promise<Credentials> {
  const [token, password] = await Promise.all([read(auth?.token), read(auth?.password)]);
  return { ...(token === undefined ? {} : { token }), ...(password === undefined ? {} : { password }) };
}
