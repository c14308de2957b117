/** The parts of DeskClaw that are checked here against real gateways. */
export { channelMethods } from '../../packages/core/src/channels/channel-methods.ts';
export type { ChannelView } from '../../packages/core/src/channels/channel-view.ts';
export { readChannelsStatus } from '../../packages/core/src/channels/read-channels.ts';
export {
  isTerminal,
  nextChatDeadline,
  openSessions,
  reduceChatRuns,
} from '../../packages/core/src/chat/chat-runs.ts';
export {
  type ChatInput,
  type ChatRuns,
  type ChatUpdate,
  emptyChatRuns,
} from '../../packages/core/src/chat/chat-state.ts';
export { GatewayConnection } from '../../packages/core/src/connection/connection.ts';
export type { DeviceAuth } from '../../packages/core/src/connection/device-auth.ts';
export type { GatewayConnectionOptions } from '../../packages/core/src/connection/options.ts';
export { StoredDevice } from '../../packages/core/src/connection/stored-device.ts';
export { GatewayError } from '../../packages/core/src/errors/gateway-error.ts';
export { managerDefaults } from '../../packages/core/src/manager/options.ts';
export { abortActiveRuns } from '../../packages/core/src/openclaw/active-runs.ts';
export { repairConfig } from '../../packages/core/src/openclaw/config-repair.ts';
export { judgeExit } from '../../packages/core/src/openclaw/exits.ts';
export type { OpenClawPlan } from '../../packages/core/src/openclaw/openclaw-plan.ts';
export { prepareOpenClaw } from '../../packages/core/src/openclaw/prepare.ts';
export { spawnedNodeVersion } from '../../packages/core/src/openclaw/runtimes.ts';
export { findStateHolder } from '../../packages/core/src/openclaw/state-lock.ts';
export { nodeClock, nodeRandom } from '../../packages/core/src/ports/node/node-clock.ts';
export { nodeFiles } from '../../packages/core/src/ports/node/node-files.ts';
export { nodeSpawner } from '../../packages/core/src/ports/node/node-spawner.ts';
export { nodeTcpPorts } from '../../packages/core/src/ports/node/node-tcp-ports.ts';
export { nodeProcessTable } from '../../packages/core/src/ports/node/process-table.ts';
export { recordFile } from '../../packages/core/src/ports/node/record-file.ts';
export { wsSockets } from '../../packages/core/src/ports/node/ws-sockets.ts';
export type { ProcessIdentity } from '../../packages/core/src/ports/spawner.ts';
export { classifyExit } from '../../packages/core/src/process/exit.ts';
export { acquireOwnerLock } from '../../packages/core/src/process/owner-lock.ts';
