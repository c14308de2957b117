export type { DialectChoice, DialectName } from '@deskclaw/protocol';
export { isTerminal, nextChatDeadline, openSessions, reduceChatRuns } from './chat/chat-reducer.ts';
export { type ChatInput, type ChatRuns, type ChatUpdate, emptyChatRuns } from './chat/chat-types.ts';
export type { HeartbeatPolicy, ReconnectPolicy } from './connection/config.ts';
export type { ConnectContext, ConnectHook } from './connection/connect-hook.ts';
export { GatewayConnection } from './connection/connection.ts';
export type { DeviceAuth, DeviceUse } from './connection/device-credentials.ts';
export type {
  ConnectionEvents,
  ConnectionTransition,
  GatewayNotification,
  Trace,
  TraceEvent,
} from './connection/events.ts';
export type { ConnectionAuth, GatewayConnectionOptions, Source } from './connection/options.ts';
export type { Gap, ResyncCause, ResyncHook } from './connection/resume.ts';
export type { ConnectionCounters, ConnectionSnapshot } from './connection/snapshot.ts';
export {
  type ConnectionFailure,
  type ConnectionState,
  type ConnectionStateName,
  connectionEdges,
  type DisconnectInfo,
  type Heartbeat,
  type RetryPolicy,
  type Verdict,
} from './connection/state.ts';
export {
  StoredDevice,
  type StoredDeviceOptions,
} from './connection/stored-device.ts';
export { type ControlCallOptions, ControlClient } from './control/client.ts';
export { memoryChannel } from './control/memory-channel.ts';
export type { Codec, ShutdownNotice } from './dialect/dialect.ts';
export { jsonRpcCodec } from './dialect/jsonrpc-codec.ts';
export type { ReadyCheck, ReadyRequest } from './dialect/ready-check.ts';
export type { Session } from './dialect/session.ts';
export { GatewayError, type RequestOutcome, type RpcErrorFacts } from './errors/gateway-error.ts';
export { Emitter, type Unsubscribe } from './events/emitter.ts';
export {
  EventOverflow,
  type EventStream,
  type EventStreamOptions,
  type OverflowPolicy,
} from './events/event-stream.ts';
export { browserClock, browserRandom } from './ports/browser/browser-clock.ts';
export { browserSockets } from './ports/browser/browser-sockets.ts';
export type { Cancel, Clock, Random, ScheduleOptions } from './ports/clock.ts';
export type { DeviceKey, DeviceKeys } from './ports/device-keys.ts';
export type { RecordStore } from './ports/files.ts';
export type { Logger } from './ports/logger.ts';
export type {
  CloseInfo,
  Socket,
  SocketFactory,
  SocketFailure,
  SocketHandlers,
  SocketOptions,
} from './ports/sockets.ts';
export type { ChannelCloseInfo, FrameChannel } from './rpc/frame-writer.ts';
export type { RequestLimits, RequestOptions, WhenDisconnected } from './rpc/options.ts';
export { type BatchedRequest, bindChannel, type PeerListener, type PeerOptions, RpcPeer } from './rpc/peer.ts';
export type { RequestContext, RequestHandler } from './rpc/serving.ts';
export { RpcFault } from './rpc/serving.ts';
