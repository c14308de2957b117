export { readChannelsStatus } from './channels/read-channels.ts';
export type { ConnectionConfig } from './connection/config.ts';
export { type DeviceRefusal, DeviceUnavailable } from './connection/device-credentials.ts';
export type { ConnectionTransition } from './connection/events.ts';
export { type ConnectionAuth, displayAddress, readConfig } from './connection/options.ts';
export { cleanSession, redactorFor, redactRefusal } from './connection/redact-peer.ts';
export { type ConnectionState, connectionEdges } from './connection/state.ts';
export { faultInHeaders, faultInPath, faultInProtocols, headerSecrets } from './connection/upgrade-options.ts';
export { describeClose } from './control/client.ts';
export { memoryChannel } from './control/memory-channel.ts';
export { startHandshake } from './dialect/auto.ts';
export type { Codec } from './dialect/dialect.ts';
export type { Incoming } from './dialect/incoming.ts';
export { jsonRpcCodec } from './dialect/jsonrpc-codec.ts';
export { openClawCodec } from './dialect/openclaw-codec.ts';
export type { RequestOutcome } from './errors/gateway-error.ts';
export { Emitter, type Unsubscribe } from './events/emitter.ts';
export type { DrainHook, GatewayCall } from './manager/gateway-target.ts';
export { readProbeAnswer } from './manager/health-check.ts';
export type { OperationKind } from './manager/lifecycle-request.ts';
export { managerDefaults } from './manager/options.ts';
export type { ManagerPorts } from './manager/ports.ts';
export { commandName } from './manager/program-name.ts';
export { outcomeOf, type ReducerStep, repeatStep, type StepOutcome } from './manager/reducer-step.ts';
export { targetFromOptions, targetUrl } from './manager/target.ts';
export { WallTimes } from './manager/wall-times.ts';
export { webDeviceKeys } from './ports/browser/web-device-keys.ts';
export type { Cancel } from './ports/clock.ts';
export type { DeviceKeys } from './ports/device-keys.ts';
export { type Files, type Folders, isWrittenBy, type PathOwner, readIfPossible } from './ports/files.ts';
export type { Http, HttpResponse } from './ports/http.ts';
export { writeAtomicSync } from './ports/node/atomic-write.ts';
export { readPinnedCertificate } from './ports/node/certificate-file.ts';
export { startDetached } from './ports/node/detached-program.ts';
export { makeFolder } from './ports/node/make-folder.ts';
export { nodeFiles, nodePrograms } from './ports/node/node-files.ts';
export { nodeFolders } from './ports/node/node-folders.ts';
export { nodePeerIdentity } from './ports/node/node-peer-identity.ts';
export { nodeSpawner } from './ports/node/node-spawner.ts';
export { nodeTcpPorts } from './ports/node/node-tcp-ports.ts';
export { ownUser, readPathOwner, userLabel } from './ports/node/path-owner.ts';
export { currentRealm } from './ports/node/process-realm.ts';
export { ownIdentity } from './ports/node/process-table.ts';
export { placeOf, recordFile } from './ports/node/record-file.ts';
export { WriteBatcher } from './ports/node/write-batcher.ts';
export type { Peer, PeerIdentity, PeerUser } from './ports/peer-identity.ts';
export type { Socket, SocketHandlers } from './ports/sockets.ts';
export type {
  ChildProcess,
  ProcessIdentity,
  ProcessRealm,
  ProcessTable,
  Spawner,
  SpawnRequest,
  TcpPorts,
} from './ports/spawner.ts';
export { resolveCommand } from './process/command.ts';
export { delay } from './process/delay.ts';
export { childEnvironment, pathName } from './process/environment.ts';
export { classifyExit, type ExitInfo, type ExitJudge } from './process/exit.ts';
export { killTreeUntilGone } from './process/kill-process-tree.ts';
export { acquireOwnerLock, type LockHolder, lockHolder, type Presence } from './process/owner-lock.ts';
export {
  isStoredIn,
  MARKER_NAME,
  markerOf,
  type OwnershipRecord,
  readRecord,
  recognise,
  recordedTree,
  sameProcess,
} from './process/ownership.ts';
export { type LadderFailure, type LadderState, ladderEdges } from './recovery/ladder.ts';
export {
  type RecoveryDeps,
  RecoveryLadder,
  type RecoveryReport,
  readStoredLadder,
  type StepResult,
  type StoredLadder,
} from './recovery/recovery-ladder.ts';
export { Redactor } from './redaction/redactor.ts';
export {
  isMasked,
  maskCommand,
  maskUrl,
  secretsOfCommand,
  secretsOfEnvironment,
  secretsOfUrl,
} from './redaction/secret-sources.ts';
export { MOST_IN_FLIGHT } from './rpc/options.ts';
export { bindChannel, RpcPeer } from './rpc/peer.ts';
export { RpcFault } from './rpc/serving.ts';
export type { SupervisorEvent } from './supervisor/event.ts';
export type { RepairResult, RestartClaim } from './supervisor/launch-plan.ts';
export { deadlineOf, type SupervisorState } from './supervisor/state.ts';
export { RingBuffer } from './util/ring-buffer.ts';
