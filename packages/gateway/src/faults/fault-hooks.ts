import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FrameSocket, Session } from '../server/session.ts';
import type { ChannelFaults } from '../services/channels.ts';

/** A socket with additional operations for faults. */
export interface BreakableSocket extends FrameSocket {
  readonly closed: Promise<void>;
  /** Sends data that no dialect would send. */
  raw(data: string | Uint8Array): void;
}

/**
 * Hooks that the gateway calls wherever a fault can change its behaviour. Without faults every hook keeps the normal
 * behaviour.
 */
export interface FaultHooks {
  /** Whether WebSocket pings are answered. */
  readonly answersPings: boolean;
  /** Whether requests are read and thrown away. */
  readonly dropsRequests: boolean;
  /** OpenClaw protocol version that the gateway claims to support. */
  readonly openClawProtocol: 3 | 4;
  readonly channels: ChannelFaults;
  /** Whether a chat message is taken and its run never begun. */
  readonly forgetsRuns: boolean;
  /** Whether a new OpenClaw device, or one that asks for more, is let in without an approval. */
  readonly approvesDevices: boolean;
  /** Whether a program with the token, and without a device, is granted the scopes that it asks OpenClaw for. */
  readonly trustsPrograms: boolean;
  /** Whether OpenClaw's handshake is to be put off once more ("gateway starting", 1013). */
  rejectsAsStarting(): boolean;
  /** Whether this HTTP request was dealt with (or left hanging). */
  interceptsHttp(request: IncomingMessage, response: ServerResponse): boolean;
  /** Whether upgrade requests are left hanging. */
  interceptsUpgrade(): boolean;
  /** A JSON-RPC method is about to be carried out; one that is answered from memory is not. */
  onMethodCall(method: string, params: unknown): void;
  connectionOpened(socket: BreakableSocket, session: Session): void;
  /** Hands the reply on, changed, late, twice or never. */
  alterReply(frame: object, socket: BreakableSocket, send: (frame: object) => void): void;
}

export const noFaults: FaultHooks = {
  answersPings: true,
  dropsRequests: false,
  openClawProtocol: 4,
  channels: { stuck: false },
  forgetsRuns: false,
  approvesDevices: true,
  trustsPrograms: true,
  rejectsAsStarting: () => false,
  interceptsHttp: () => false,
  interceptsUpgrade: () => false,
  onMethodCall: () => undefined,
  connectionOpened: () => undefined,
  alterReply: (frame, _socket, send) => send(frame),
};
