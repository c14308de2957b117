export * from '@deskclaw/protocol';
export {
  type ChannelMethods,
  type ChannelTarget,
  channelMethods,
  type GatewayRequest,
  type QrAnswer,
  type QrCode,
  readQrAnswer,
} from './channels/channel-methods.ts';
export { accountOf, type ChannelAccount, type ChannelIssue, type ChannelView } from './channels/channel-view.ts';
export { needsProbe } from './channels/read-channels.ts';
export { isTerminal, nextChatDeadline, openSessions, reduceChatRuns } from './chat/chat-reducer.ts';
export { type ChatInput, type ChatRuns, type ChatUpdate, emptyChatRuns } from './chat/chat-types.ts';
export type { ConnectContext, ConnectHook } from './connection/connect-hook.ts';
export { GatewayConnection } from './connection/connection.ts';
export type { DeviceAuth, DeviceUse } from './connection/device-credentials.ts';
export type { ConnectionEvents } from './connection/events.ts';
export type { GatewayConnectionOptions } from './connection/options.ts';
export type { ConnectionSnapshot } from './connection/snapshot.ts';
export { StoredDevice, type StoredDeviceOptions } from './connection/stored-device.ts';
export { type ControlCallOptions, ControlClient } from './control/client.ts';
export type { ReadyCheck, ReadyRequest } from './dialect/ready-check.ts';
export { GatewayError } from './errors/gateway-error.ts';
export type { ManagerEvents } from './manager/events.ts';
export type { FailureStore } from './manager/failure-store.ts';
export { GatewayManager } from './manager/gateway-manager.ts';
export type { GatewayTarget, TargetResult } from './manager/gateway-target.ts';
export type { EndOptions } from './manager/lifecycle-request.ts';
export type { GatewayManagerOptions } from './manager/options.ts';
export type { WaitOptions } from './manager/wait-for.ts';
export type { Clock, Random } from './ports/clock.ts';
export { errorCode, type RecordStore } from './ports/files.ts';
export { type Logger, silentLogger } from './ports/logger.ts';
export { nodeClock, nodeRandom } from './ports/node/node-clock.ts';
export { nodeProcessTable } from './ports/node/process-table.ts';
export { wsSockets } from './ports/node/ws-sockets.ts';
export type { KeyringError, SecretReadResult, SecretStore, SecretWriteResult } from './ports/secret-store.ts';
export type { SocketFactory } from './ports/sockets.ts';
export type { PipeEnds } from './ports/spawner.ts';
export type { SpanAttribute, Tracer, TracerSpan } from './ports/tracer.ts';
export type { Environment } from './process/environment.ts';
export type { ChannelCloseInfo, FrameChannel } from './rpc/frame-writer.ts';
export type { RequestOptions } from './rpc/options.ts';
