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
export { isTerminal, nextChatDeadline, openSessions, reduceChatRuns } from './chat/chat-runs.ts';
export { type ChatInput, type ChatRuns, type ChatUpdate, emptyChatRuns } from './chat/chat-state.ts';
export { GatewayConnection } from './connection/connection.ts';
export type { DeviceAuth, DeviceUse } from './connection/device-auth.ts';
export type { ConnectionEvents } from './connection/events.ts';
export type { GatewayConnectionOptions } from './connection/options.ts';
export type { ConnectionSnapshot } from './connection/snapshot.ts';
export {
  StoredDevice,
  type StoredDeviceOptions,
} from './connection/stored-device.ts';
export { type ControlCallOptions, ControlClient } from './control/client.ts';
export {
  assertCompatible,
  type ConnectOptions,
  connectHost,
  connectHostChannel,
  hostCommand,
  type SpawnHostOptions,
  spawnHost,
} from './control/connect-host.ts';
export { GatewayError } from './errors/gateway-error.ts';
export { type Host, type HostOptions, startHost } from './host/host.ts';
export type { BuiltinProgram } from './host/resolve-launch.ts';
export type {
  InstallOptions,
  InstallProgress,
  InstallResult,
} from './install/install.ts';
export {
  installForProfile,
  type ListedVersion,
  listOpenClaws,
  type OpenClawList,
  type ProfileRef,
  selectOpenClaw,
} from './install/install-service.ts';
export type { ManagerEvents } from './manager/events.ts';
export { GatewayManager } from './manager/gateway-manager.ts';
export type { GatewayTarget, TargetResult } from './manager/gateway-target.ts';
export type { GatewayManagerOptions } from './manager/options.ts';
export type { WaitOptions } from './manager/wait-for.ts';
export type { Clock, Random } from './ports/clock.ts';
export { errorCode, type RecordStore } from './ports/files.ts';
export { type Logger, silentLogger } from './ports/logger.ts';
export { nodeClock, nodeRandom } from './ports/node/node-clock.ts';
export { type OsKeyringOptions, osKeyring } from './ports/node/os-keyring.ts';
export { nodeProcessTable } from './ports/node/process-table.ts';
export { recordFile } from './ports/node/record-file.ts';
export { wsSockets } from './ports/node/ws-sockets.ts';
export type {
  KeyringError,
  SecretReadResult,
  SecretStore,
  SecretWriteResult,
} from './ports/secret-store.ts';
export type { SocketFactory } from './ports/sockets.ts';
export type { PipeEnds } from './ports/spawner.ts';
export type { Environment } from './process/environment.ts';
export { configJsonSchema, type LoadedConfig, loadConfig, type Settings } from './profile/config.ts';
export {
  type DeviceKeyLocation,
  describeDeviceKeyLocation,
  deviceKeyLocation,
  readDeviceFile,
} from './profile/device-file.ts';
export { findOrphan, type Orphan } from './profile/orphan.ts';
export { isProfileName, type Paths, resolvePaths } from './profile/paths.ts';
export type { ChannelCloseInfo, FrameChannel } from './rpc/channel.ts';
export type { RequestOptions } from './rpc/options.ts';
export { type RemoveResult, removeOpenClaw } from './upgrade/remove.ts';
export {
  describeInterruptedUpgrade,
  resumeInterruptedUpgrade,
} from './upgrade/resume-interrupted.ts';
export { type RollbackResult, rollbackOpenClaw } from './upgrade/rollback.ts';
export { type UpgradeResult, upgradeOpenClaw } from './upgrade/upgrade.ts';
export type { GatewayControl, UpgradeProgress } from './upgrade/upgrade-run.ts';
